"""Channels to the owner, one module each."""
