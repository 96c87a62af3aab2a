"""The style map as one HTML file that opens without a network: `render.py` puts together what lies in `static/`.

A 2-d canvas draws it, pixel by pixel, since a page must also move where no graphics card helps.

In a frame (the review page shows it beside the grid) page and parent of the same origin talk in messages:

| message | from | says |
|---|---|---|
| `{type: "faces", ids}` | page | a lasso, a cluster, a search or the view selected these faces; none: the selection was cleared |
| `{type: "face", id}` | page | this face was clicked |
| `{type: "show", ids}` | parent | select these faces and zoom to them; is not answered by `faces` |
| `{type: "decisions", decisions}` | parent | face id to `keep`, `reject` or nothing: recolour; faces not named stay |
| `{type: "ready"}` | page | the page listens: what is posted earlier is lost |

Both sides drop messages of other origins and windows. The frame needs `sandbox="allow-scripts allow-same-origin"` or no
sandbox at all: a page of an opaque origin, as one opened from a file, neither posts nor listens.
"""
