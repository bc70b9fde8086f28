"""The kinds of sinks, one module each, whose name is the `kind` that a request names."""
