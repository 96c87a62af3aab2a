"""Taking artworks out again: it knows every stage, and no stage knows it."""
