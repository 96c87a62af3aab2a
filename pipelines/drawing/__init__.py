"""Filters that stand in for a painter's hand, where the right answer must be known."""
