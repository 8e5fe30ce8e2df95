"""Things to watch and copy: the demo and its mailbox."""
