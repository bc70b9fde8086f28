"""Several tables that were learned together, as a plan."""
