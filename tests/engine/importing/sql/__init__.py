"""SQL scripts, read as definitions."""
