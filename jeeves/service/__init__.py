"""Jeeves as a service of the operating system: written, enabled, asked, removed.

Lives here: units, property lists and the programs that manage them. Must not live here: what the service does
(``daemon``), anything about mail.
"""
