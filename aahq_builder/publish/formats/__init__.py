"""How a release lies on disk: one file per format, each with `write(files, rows)`.

The same rows give the same bytes: rows come sorted, archives carry no clock, no user and no machine.
"""
