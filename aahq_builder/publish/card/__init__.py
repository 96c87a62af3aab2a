"""The card of a release: what a datasheet asks, answered from the journal, with pictures, for people and for machines.

`write.py` puts the parts into a release: the text (`readme.py`), its pictures (`charts.py`, `contact_sheet.py`) and
Croissant metadata (`croissant.py`). What they say is counted in `summary.py`, `shares.py` and `looked_at.py`.
"""
