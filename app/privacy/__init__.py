"""Privacy accounts: what was spent and seen of data, kept so that nobody can spend it twice."""
