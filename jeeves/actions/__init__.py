"""Use cases: ports and pure code put to work; never an adapter."""
