"""Puts the house together: the only place that knows concrete adapters, one module a part of it."""
