"""Releases: what leaves the house, under which licence, and the card that says so.

`rows.py` decides what may go out, `formats/` writes it, `card/` explains it, `hub.py` uploads it.
"""
