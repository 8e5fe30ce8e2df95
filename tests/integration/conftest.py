from tests.servers.mail_fixtures import gmail, source_of

__all__ = ["gmail", "source_of"]
