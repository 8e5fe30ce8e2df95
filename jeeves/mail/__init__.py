"""Mail: from bytes on a server to a parsed Message."""
