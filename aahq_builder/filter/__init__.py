"""Curation: measure every face, find duplicates, and judge by one table of rules.

`scores.py` and `duplicates.py` are pure and know no bounds; `policy.py` holds the rules and knows no images; `stage.py`
wires them to the journal. So a bound can change without an image being opened again.
"""
