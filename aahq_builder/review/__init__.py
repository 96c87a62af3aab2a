"""The review page: people keep, reject and repair faces; the machine ranks what they should look at first.

`aahq_builder/decisions.py` is the append-only log that it writes, `queue.py` what to show in which order, `groups.py`
and `face_list.py` faces that were named one by one, `style_map.py` the map beside the grid, `repair.py` and `faces.py`
the crop after a landmark was moved, `learning.py` the model that learns from decisions, `session.py`, `access.py` and
`app.py` the server side, `static/` the page.
"""
