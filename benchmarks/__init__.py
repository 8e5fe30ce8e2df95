"""What things cost, measured; each script prints its own table."""
