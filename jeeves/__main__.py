"""``python -m jeeves``: the same as the program ``jeeves``."""

from jeeves.cli import main

if __name__ == "__main__":
    main()
