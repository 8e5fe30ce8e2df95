"""What every test shares.

Lives here: how the test process itself is set up. Must not live here: fixtures of one subject (``postgres``, ...).
"""

import signal

pytest_plugins = ["tests.postgres"]

# A shell that runs the suite in the background has it ignore Ctrl-C, and every program it starts inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
