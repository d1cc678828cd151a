"""Where canonical folders come from: one module a source, each writes the same tables."""
