"""A Hugging Face Hub small enough to read: one repository with history, large files, a gate, and who may see it.

It answers what `huggingface_hub` and `datasets` ask while they upload, list, download and stream.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LARGE = (".parquet", ".tar", ".zip", ".png", ".safetensors", ".bin")
"""Files with these endings are kept as large ones."""


@dataclass
class Commit:
    """The files of a revision."""

    oid: str
    files: dict[str, bytes]


@dataclass
class Hub:
    """The repository, what was asked in which order, and how the server behaves."""

    endpoint: str
    commits: list[Commit] = field(default_factory=lambda: [Commit("0" * 39 + "1", {})])
    private: bool = False
    gated: str | bool = False
    readers: set[str] = field(default_factory=set)
    """Tokens that were let through the gate; that of the owner need not be."""
    owner: str = "hf_test"
    blobs: dict[str, bytes] = field(default_factory=dict)
    """Large files that were sent, committed or not."""
    sent: list[str] = field(default_factory=list)
    """Hashes of the large files in the order in which they came."""
    deleted: list[str] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    """Changes of the repository and its settings, and commits, with what was sent."""
    refuse: bool = False
    stall_after: int | None = None
    """The server is silent once so many large files have come."""
    stalled: threading.Event = field(default_factory=threading.Event)

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the current revision."""
        return self.commits[-1].files

    def commit(self, files: dict[str, bytes]) -> Commit:
        """Add a revision, as a person does on the Hub's pages."""
        named = sorted((name, blob_id(content)) for name, content in files.items())
        # no two commits of any two hubs are the same one: caches know files by them
        oid = hashlib.sha1(f"{self.endpoint}{len(self.commits)}{named}".encode()).hexdigest()
        self.commits.append(Commit(oid, files))
        return self.commits[-1]

    def at(self, revision: str) -> Commit | None:
        """The commit that a revision names."""
        if revision == "main":
            return self.commits[-1]
        return next((commit for commit in self.commits if commit.oid == revision), None)


@contextmanager
def fake_hub() -> Iterator[Hub]:
    """Serve on a free port of 127.0.0.1."""
    server = _Server(("127.0.0.1", 0), _Handler)
    hub = Hub(f"http://127.0.0.1:{server.server_port}")
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.stalled.set()
        server.shutdown()
        server.server_close()
        thread.join()


def is_large(name: str) -> bool:
    return name.endswith(LARGE)


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def file_entry(name: str, content: bytes) -> dict[str, Any]:
    """A file as listings show it."""
    large = {"lfs": {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}}
    entry = {"type": "file", "path": name, "size": len(content), "oid": blob_id(content)}
    return {**entry, **large} if is_large(name) else entry


def entries_below(files: dict[str, bytes], folder: str, recursive: bool) -> list[dict[str, Any]]:
    """Files and folders below a folder."""
    inside = [name for name in files if not folder or name.startswith(f"{folder}/")]
    depth = len(PurePosixPath(folder).parts) + 1 if folder else 1
    folders = {
        str(parent)
        for name in inside
        for parent in PurePosixPath(name).parents
        if len(parent.parts) >= depth and (recursive or len(parent.parts) == depth)
    }
    shown = [name for name in inside if recursive or len(PurePosixPath(name).parts) == depth]
    found = [{"type": "directory", "path": name, "oid": blob_id(name.encode()), "size": 0} for name in sorted(folders)]
    return found + [file_entry(name, files[name]) for name in sorted(shown)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients that are killed belong to what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Stay silent."""

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined, no-any-return]

    @property
    def token(self) -> str:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, value: Any, status: int = 200, **headers: str) -> None:
        self.send(json.dumps(value).encode(), status, Content_Type="application/json", **headers)

    def send(self, content: bytes, status: int = 200, size: int | None = None, **headers: str) -> None:
        """Headers are written with underscores."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content) if size is None else size)}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refused(self, status: int, code: str) -> None:
        self.answer({"error": code}, status, X_Error_Code=code, X_Error_Message=code)

    def may_read(self, is_content: bool) -> bool:
        """Whoever may not see a private repository is told that there is none; a gate is only before content."""
        if self.hub.private and self.token != self.hub.owner:
            self.refused(404 if self.token else 401, "RepoNotFound")
            return False
        if is_content and self.hub.gated and self.token not in {self.hub.owner, *self.hub.readers}:
            self.refused(403 if self.token else 401, "GatedRepo")
            return False
        return True

    def commit_of(self, marker: str) -> tuple[Commit | None, str]:
        """The commit that the path names behind a marker, and what follows."""
        revision, _, rest = urlsplit(self.path).path.partition(marker)[2].partition("/")
        return self.hub.at(unquote(revision)), unquote(rest)

    def do_HEAD(self) -> None:
        """What is to be known of a file before it is downloaded."""
        self.do_GET()

    def do_GET(self) -> None:
        """Facts of the repository, the list of its files, and these."""
        path = urlsplit(self.path).path
        if "/resolve/" in path:
            self.file(*self.commit_of("/resolve/"))
        elif "/tree/" in path:
            commit, folder = self.commit_of("/tree/")
            is_recursive = "true" in parse_qs(urlsplit(self.path).query.lower()).get("recursive", [])
            if self.may_read(False) and self.is_there(commit):
                self.answer(entries_below(commit.files, folder, is_recursive))  # type: ignore[union-attr]
        elif path.startswith("/api/") and path.count("/") >= 4:
            commit = self.commit_of("/revision/")[0] if "/revision/" in path else self.hub.commits[-1]
            if self.may_read(False) and self.is_there(commit):
                self.facts(commit, path)  # type: ignore[arg-type]
        else:
            self.refused(404, "NotFound")

    def is_there(self, commit: Commit | None) -> bool:
        if commit is None:
            self.refused(404, "RevisionNotFound")
        return commit is not None

    def facts(self, commit: Commit, path: str) -> None:
        siblings = [{"rfilename": name} for name in sorted(commit.files)]
        self.answer({
            "id": "/".join(path.split("/")[3:5]), "sha": commit.oid, "private": self.hub.private,
            "gated": self.hub.gated, "siblings": siblings, "tags": [], "downloads": 0, "likes": 0,
        })  # fmt: skip

    def file(self, commit: Commit | None, name: str) -> None:
        """One file, or the part of it that is asked for."""
        if not self.may_read(True) or not self.is_there(commit):
            return
        assert commit is not None
        if name not in commit.files:
            self.refused(404, "EntryNotFound")
            return
        content = commit.files[name]
        tag = hashlib.sha256(content).hexdigest() if is_large(name) else blob_id(content)
        headers = {"ETag": f'"{tag}"', "X_Repo_Commit": commit.oid, "Accept_Ranges": "bytes"}
        if asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            part = content[int(first) : int(last) + 1 if last else None]
            where = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
            self.send(part, 206, Content_Range=where, **headers)
        else:
            self.send(content, **headers)

    def do_PUT(self) -> None:
        """Large files, and settings of the repository."""
        content = self.body()
        if "/blob/" in self.path:
            if self.hub.stall_after is not None and len(self.hub.sent) >= self.hub.stall_after:
                self.hub.stalled.wait()
                return
            oid = self.path.rpartition("/")[2]
            assert hashlib.sha256(content).hexdigest() == oid, "these are other bytes than were announced"
            self.hub.blobs[oid] = content
            self.hub.sent.append(oid)
            self.answer({})
        elif self.may_write():
            settings = json.loads(content)
            self.hub.calls.append(("PUT", self.path, settings))
            self.hub.gated = settings.get("gated", self.hub.gated)
            visibility = settings.get("visibility", "private" if self.hub.private else "public")
            self.hub.private = settings.get("private", visibility == "private")
            self.answer({})

    def may_write(self) -> bool:
        if self.hub.refuse or self.token != self.hub.owner:
            self.answer({"error": "You have no write access"}, 403)
            return False
        return True

    def do_POST(self) -> None:
        """Everything else."""
        content = self.body()
        if "/paths-info/" in self.path:
            self.paths_info(*self.commit_of("/paths-info/"), content)
        elif not self.may_write():
            return
        elif self.path.endswith("/lfs/objects/batch"):
            objects = [self.large_file(entry) for entry in json.loads(content)["objects"]]
            self.answer({"transfer": "basic", "objects": objects})
        elif "/preupload/" in self.path:
            wanted = [entry["path"] for entry in json.loads(content)["files"]]
            modes = {name: "lfs" if is_large(name) else "regular" for name in wanted}
            self.answer({"files": [{"path": n, "uploadMode": modes[n], "shouldIgnore": False} for n in wanted]})
        elif "/commit/" in self.path:
            self.add_commit([json.loads(line) for line in content.splitlines() if line])
        elif self.path.endswith("/api/validate-yaml"):
            self.answer({"errors": [], "warnings": []})
        else:
            self.create(json.loads(content))

    def create(self, wanted: dict[str, Any]) -> None:
        name = "/".join(filter(None, (wanted.get("organization"), wanted.get("name"))))
        is_new = not any(path.endswith("/repos/create") for _, path, _ in self.hub.calls)
        self.hub.calls.append(("POST", self.path, wanted))
        kind = "datasets/" if wanted.get("type") == "dataset" else ""
        if is_new and not self.hub.files:
            self.hub.private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
        self.answer({"url": f"{self.hub.endpoint}/{kind}{name}", "name": name}, 200 if is_new else 409)

    def paths_info(self, commit: Commit | None, _: str, content: bytes) -> None:
        if self.may_read(False) and self.is_there(commit):
            assert commit is not None
            is_form = "json" not in (self.headers.get("Content-Type") or "")
            paths = parse_qs(content.decode()).get("paths", []) if is_form else json.loads(content)["paths"]
            folders = {str(parent) for name in commit.files for parent in PurePosixPath(name).parents}
            found = [file_entry(name, commit.files[name]) for name in paths if name in commit.files]
            found += [
                {"type": "directory", "path": name, "oid": blob_id(name.encode()), "size": 0}
                for name in paths
                if name in folders
            ]
            self.answer(found)

    def large_file(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Where to send a large file; one that is there already need not be sent."""
        if entry["oid"] in self.hub.blobs:
            return {**entry, "authenticated": True}
        href = f"{self.hub.endpoint}/blob/{entry['oid']}"
        return {**entry, "authenticated": True, "actions": {"upload": {"href": href}}}

    def add_commit(self, lines: list[dict[str, Any]]) -> None:
        """A commit on top of the one that it names, if that is still the last."""
        header = next((line["value"] for line in lines if line["key"] == "header"), {})
        if header.get("parentCommit") not in (None, self.hub.commits[-1].oid):
            self.answer({"error": "The repository has changed since"}, 412)
            return
        files = dict(self.hub.files)
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.blobs[value["oid"]]
            elif line["key"] == "deletedFile":
                self.hub.deleted.append(value["path"])
                files.pop(value["path"], None)
        self.hub.calls.append(("COMMIT", self.path, header.get("summary")))
        oid = self.hub.commit(files).oid
        url = f"{self.hub.endpoint}/datasets/org/faces/commit/{oid}"
        self.answer({"commitUrl": url, "commitOid": oid, "success": True})
