"""What lies in a dataset's repository on the Hub, and what an upload would have to change there."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aahq_builder.errors import UserError
from aahq_builder.publish.inventory import INVENTORY, read_stated
from aahq_builder.web.hub import HubPlace, fetch_file

if TYPE_CHECKING:
    from huggingface_hub import HfApi

CARD = "README.md"
FOLDERS = ("data/", "train/", "validation/", "card/")
FILES = frozenset({
    "faces.zip", "faces-validation.zip", "AAHQ-dataset.json", "croissant.json", "rows.csv", "removed.csv", INVENTORY,
})  # fmt: skip
"""Folders and files of releases; what an earlier one has left of them goes. All other files are people's."""


@dataclass(frozen=True)
class RemoteFile:
    """A file in a repository."""

    sha256: str | None
    """Of a large file's bytes."""
    blob_id: str
    """Git's hash of a small one."""

    def is_same(self, path: Path, sha256: str) -> bool:
        """Whether it has the bytes of a file here, whose hash is known."""
        return self.sha256 == sha256 if self.sha256 else self.blob_id == git_blob_id(path.read_bytes())


@dataclass(frozen=True)
class RepositoryChanges:
    """What differs between a release and the repository."""

    put: list[str]
    delete: list[str]


def git_blob_id(content: bytes) -> str:
    """How git names these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def files_at(api: "HfApi", repo_id: str, commit: str) -> dict[str, RemoteFile]:
    """All files of a commit."""
    from huggingface_hub.hf_api import RepoFile

    tree = api.list_repo_tree(repo_id, repo_type="dataset", revision=commit, recursive=True)
    files = (entry for entry in tree if isinstance(entry, RepoFile))
    return {file.path: RemoteFile(file.lfs.sha256 if file.lfs else None, file.blob_id) for file in files}


def stated_at(api: "HfApi", place: HubPlace, files: Mapping[str, RemoteFile], scratch: Path) -> dict[str, object]:
    """What the repository's `release.json` says; empty where it has none, or none that can be read."""
    if INVENTORY not in files:
        return {}
    try:
        return read_stated(fetch_file(api, place, INVENTORY, scratch).parent)
    except UserError:
        return {}


def local_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a release, its inventory included."""
    stated = read_stated(folder)["files"]
    inventory = hashlib.sha256((folder / INVENTORY).read_bytes()).hexdigest()
    return {**{str(name): str(digest) for name, digest in stated.items()}, INVENTORY: inventory}


def is_ours(name: str, stated: Mapping[str, object]) -> bool:
    """Whether a remote file belongs to a release, by its name or by what the release there says."""
    named = stated.get("files")
    return name.startswith(FOLDERS) or name in FILES or (isinstance(named, dict) and name in named)


def changes(
    folder: Path, local: Mapping[str, str], remote: Mapping[str, RemoteFile], stated: Mapping[str, object]
) -> RepositoryChanges:
    """Files to put there, the card and the inventory last, and files to delete."""
    put = [name for name in local if name not in remote or not remote[name].is_same(folder / name, local[name])]
    last = (CARD, INVENTORY)
    put.sort(key=lambda name: (name in last, name))
    return RepositoryChanges(put, sorted(name for name in remote if name not in local and is_ours(name, stated)))
