"""Weights on disk: our own format (`store`) and the official ones (`official`, with one table of names)."""
