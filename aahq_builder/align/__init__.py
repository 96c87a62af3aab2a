"""Align: faces of fetched artworks, cut out and turned upright as in FFHQ."""
