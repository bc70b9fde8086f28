"""Real servers for tests, from packages, as plain context managers and as session fixtures."""
