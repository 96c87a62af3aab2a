"""Weight files that carry their hash in their names, as torch.hub writes them: `<model>-<first digits of SHA-256>.pth`.

Nothing is loaded before its hash was compared. A file that is in the cache, or in a folder that the user names, is
used without a network.
"""

import hashlib
from pathlib import Path

from aahq_builder.errors import UserError
from blendgan.checkpoints.cache import downloaded

FAN_HOST = "https://www.adrianbulat.com/downloads/python-fan"
"""Where the package face-alignment takes its weights from."""


def locate(name: str, folder: Path | None) -> Path:
    """Where the weights `name` lie or will lie: in torch's cache, or in a folder of the user's under any hash."""
    return downloaded(name) if folder is None else _same_model(name, folder)


def ensure(path: Path, host: str = FAN_HOST) -> None:
    """Fetch a file that is not there, and compare its hash with its name; a `UserError` if either fails."""
    if not path.exists():
        _fetch(f"{host}/{path.name}", path)
    expected = hash_prefix(path)
    with path.open("rb") as content:
        actual = hashlib.file_digest(content, "sha256").hexdigest()
    if not actual.startswith(expected):
        raise UserError(
            f"{path} is damaged: its SHA-256 begins with {actual[: len(expected)]}; delete it and run again"
        )


def _same_model(name: str, folder: Path) -> Path:
    """The one file in `folder` whose name differs from `name` in its hash only."""
    model, _, rest = name.partition("-")
    pattern = f"{model}-*.{rest.partition('.')[2]}"
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise UserError(f"--fan-weights {folder} holds {len(found)} files {pattern}; put the one to use there ({name})")
    return found[0]


def _fetch(url: str, path: Path) -> None:
    """Download into the cache; torch.hub writes beside, compares the hash, and renames."""
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.hub.download_url_to_file(url, str(path), hash_prefix(path), progress=False)
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"{path.name} is not in {path.parent} and cannot be fetched ({error}); "
            f"download {url} elsewhere and put it there, or name its folder with --fan-weights"
        ) from error


def hash_prefix(path: Path) -> str:
    """The digits of SHA-256 in a file's name; a `UserError` if there are none."""
    from torch.hub import HASH_REGEX

    found = HASH_REGEX.search(path.name)
    if not found or len(found.group(1)) < 8:
        raise UserError(f"{path} has no hash in its name; call it {path.stem}-<first 8 digits of its SHA-256>.pth")
    return str(found.group(1))
