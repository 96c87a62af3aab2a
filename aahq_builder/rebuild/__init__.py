"""A published list back to faces."""
