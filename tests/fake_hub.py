"""A Hugging Face Hub small enough to read: it answers what `huggingface_hub` asks while it uploads a dataset."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What was uploaded and in which order things were asked."""

    endpoint: str
    files: dict[str, bytes] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    refuse: bool = False


@contextmanager
def fake_hub() -> Iterator[Hub]:
    """Serve on a free port of 127.0.0.1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    hub = Hub(f"http://127.0.0.1:{server.server_port}")
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Stay silent."""

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined, no-any-return]

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, value: Any, status: int = 200) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """Repository facts and the list of its files."""
        if "/tree/" in self.path:
            self.answer([{"type": "file", "path": name, "size": 1, "oid": "0"} for name in self.hub.files])
        else:
            siblings = [{"rfilename": name} for name in self.hub.files]
            self.answer({"id": "org/faces", "sha": COMMIT, "private": True, "siblings": siblings, "tags": []})

    def do_PUT(self) -> None:
        """Blobs, and settings of the repository."""
        content = self.body()
        if "/blob/" in self.path:
            self.hub.blobs[self.path.rpartition("/")[2]] = content
            self.answer({})
        else:
            self.hub.calls.append(("PUT", self.path, json.loads(content)))
            self.answer({})

    def do_POST(self) -> None:
        """Everything else."""
        content = self.body()
        if self.hub.refuse:
            self.answer({"error": "You have no write access"}, 403)
        elif self.path.endswith("/lfs/objects/batch"):
            self.answer(
                {"transfer": "basic", "objects": [self._lfs(entry) for entry in json.loads(content)["objects"]]}
            )
        elif "/preupload/" in self.path:
            wanted = [entry["path"] for entry in json.loads(content)["files"]]
            modes = {
                name: "lfs" if name.endswith((".parquet", ".tar", ".zip", ".png")) else "regular" for name in wanted
            }
            self.answer({"files": [{"path": n, "uploadMode": modes[n], "shouldIgnore": False} for n in wanted]})
        elif "/commit/" in self.path:
            for line in filter(None, content.splitlines()):
                self._commit(json.loads(line))
            self.answer(
                {
                    "commitUrl": f"{self.hub.endpoint}/datasets/org/faces/commit/{COMMIT}",
                    "commitOid": COMMIT,
                    "success": True,
                }
            )
        elif self.path.endswith("/api/validate-yaml"):
            self.answer({"errors": [], "warnings": []})
        else:
            self.hub.calls.append(("POST", self.path, json.loads(content)))
            self.answer({"url": f"{self.hub.endpoint}/datasets/org/faces", "name": "org/faces"})

    def _lfs(self, entry: dict[str, Any]) -> dict[str, Any]:
        href = f"{self.hub.endpoint}/blob/{entry['oid']}"
        return {**entry, "authenticated": True, "actions": {"upload": {"href": href}}}

    def _commit(self, line: dict[str, Any]) -> None:
        value = line["value"]
        if line["key"] == "file":
            self.hub.files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            self.hub.files[value["path"]] = self.hub.blobs[value["oid"]]
        elif line["key"] == "deletedFile":
            self.hub.deleted.append(value["path"])
            self.hub.files.pop(value["path"], None)
