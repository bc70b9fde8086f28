"""Jobs that learn a source and store what was learned."""
