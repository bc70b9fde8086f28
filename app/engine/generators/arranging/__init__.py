"""Values of several columns arranged together: correlations and constraints."""
