"""Measurements of what Jeeves promises, each one command: ``python -m benchmarks.push``."""
