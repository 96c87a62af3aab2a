"""Where artworks are found: one file per source, all with the contract of `base.py`."""
