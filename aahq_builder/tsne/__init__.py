"""The style map: which faces look alike in style, on one page.

Faces become style features (`features.py`), features become positions (`project.py`), positions become pictures
(`mosaic.py`, `page.py`). `stage.py` is the command `aahq-build tsne`.
"""
