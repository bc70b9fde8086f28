"""Reads tables, and what queries give, from any database that SQLAlchemy and a driver reach."""
