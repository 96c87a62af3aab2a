"""The inversion encoder's stage."""
