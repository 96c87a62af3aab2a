"""The style map as one HTML file that opens without a network: `render.py` puts together what lies in `static/`.

A 2-d canvas draws it, pixel by pixel, since a page must also move where no graphics card helps.

In a frame (the review page shows it beside the grid) page and parent talk in messages:

| message | from | says |
|---|---|---|
| `{type: "faces", ids}` | page | a lasso, cluster, search or view selected these; none: the selection was cleared |
| `{type: "face", id}` | page | this face was clicked |
| `{type: "show", ids}` | parent | select these faces and zoom to them; `faces` does not answer it |
| `{type: "decisions", decisions}` | parent | face id to `keep`, `reject` or nothing: recolour; others stay |

The page listens before its `load` event, to its parent only, and only to one of its own origin unless a sandbox has
left the page without any; then whoever may frame it is for the server to say (`frame-ancestors`).
"""
