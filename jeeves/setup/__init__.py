"""What the first installation needs: who hosts the mail, and the settings written down.

Lives here: the table of providers, the text of a new ``jeeves.toml``, putting it in place. Must not live here:
asking (``cli.init``).
"""
