"""One file per command, thin: parse, call an action, print."""
