"""PostgreSQL: schema, one module per aggregate, and the embedded server."""
