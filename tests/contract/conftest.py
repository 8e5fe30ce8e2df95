from tests.servers.mail_fixtures import certificate, server, source_of, starttls_server, tls_server

__all__ = ["certificate", "server", "source_of", "starttls_server", "tls_server"]
