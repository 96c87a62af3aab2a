"""Published datasets as folders of pictures: Parquet releases (also on the Hub) and StyleGAN zips, unpacked once.

Pictures are then read like any folder's, in random order and by several workers, which Parquet is not made for.
Rows that a release marks as denied or removed are left out.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from blendgan.data.folder import ImageFolder, Refusal, why_refused
from blendgan.data.published_rows import METADATA, Facts, Picture, metadata_rows, parquet_pictures, zip_pictures
from blendgan.errors import UserError

HUB = "hf:"
WITHDRAWN = frozenset({"denied", "removed"})
SUMMARY = "rights.json"
"""Written last: its presence says that unpacking was finished."""
ORIGIN = "origin.sha256"
"""Holds the hash of the files that the pictures were unpacked from."""


def as_folder(source: Path, unpacked: Path, sha256: str) -> Path:
    """`source` itself if it is a folder of pictures, else the folder `unpacked` with its pictures.

    `sha256` is the hash of the source's files: what was unpacked from others is removed first.
    """
    if kind_of(source) == "folder":
        return source
    if _summary(unpacked) is None or _text(unpacked / ORIGIN) != sha256:
        (unpacked / SUMMARY).unlink(missing_ok=True)
        shutil.rmtree(unpacked, ignore_errors=True)
        unpack(pictures_of(source), unpacked, sha256)
    return unpacked


def survey(source: Path, size: int) -> ImageFolder:
    """The pictures of a published set as unpacking would leave them, looked at one by one and not kept."""
    paths, refused, counts = [], [], Counter[str]()
    with TemporaryDirectory() as place:
        for name, content, stand in numbered(pictures_of(source)):
            path = Path(place, name)
            path.write_bytes(content)
            reason = why_refused(path, size)
            path.unlink()
            paths += [] if reason else [path]
            refused += [Refusal(Path(name), reason)] if reason else []
            counts[stand] += 1
    return ImageFolder(Path(place), size, paths, refused, counts)


def pictures_of(source: Path) -> Iterator[Picture]:
    """The rows of a published set."""
    kind = kind_of(source)
    if kind == "zip":
        return zip_pictures(source)
    return parquet_pictures(parquet_files(from_hub(source) if kind == "hub" else source))


def kind_of(source: Path) -> str:
    """'hub' for `hf:ORG/NAME`, 'zip', 'parquet' for a file or a release's folder, else 'folder'."""
    if str(source).startswith(HUB):
        return "hub"
    if source.suffix == ".zip" and source.is_file():
        return "zip"
    return "parquet" if parquet_files(source) else "folder"


def parquet_files(source: Path) -> list[Path]:
    """The files that hold pictures: those of `data/pixels` in our releases, else all."""
    if source.suffix == ".parquet" and source.is_file():
        return [source]
    pixels = source / "data" / "pixels"
    return sorted((pixels if pixels.is_dir() else source).rglob("*.parquet")) if source.is_dir() else []


def from_hub(source: Path) -> Path:
    """The Parquet files of the Hub dataset `hf:ORG/NAME`, in the library's own cache."""
    from huggingface_hub import snapshot_download

    name = str(source).removeprefix(HUB)
    try:
        return Path(snapshot_download(name, repo_type="dataset", allow_patterns="**/*.parquet"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"the Hub dataset {name} could not be fetched ({error}); check its name and the network"
        ) from error


def numbered(pictures: Iterator[Picture]) -> Iterator[tuple[str, bytes, str]]:
    """File name, content and rights of every picture that was not withdrawn."""
    for number, (name, content, facts) in enumerate(pictures):
        if not WITHDRAWN & {str(facts.get("rights")), str(facts.get("status"))}:
            suffix = re.sub(r"[^a-z]", "", Path(name).suffix.lower()) or "png"  # the name itself is not ours to trust
            yield f"{number:08d}.{suffix}", content, standing(facts)


def unpack(pictures: Iterator[Picture], folder: Path, sha256: str) -> None:
    """Write the pictures as numbered files, the hash of where they come from, and last a summary of their rights."""
    folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    for name, content, stand in numbered(pictures):
        (folder / name).write_bytes(content)
        counts[stand] += 1
    (folder / ORIGIN).write_text(sha256, encoding="utf-8")
    temporary = folder / (SUMMARY + ".tmp")
    temporary.write_text(json.dumps(dict(counts), indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / SUMMARY)


def rights_of(folder: Path, count: int) -> dict[str, int]:
    """How many pictures stand under which rights and licence, as far as the dataset says."""
    stored = _summary(folder)
    if stored is not None:
        return stored
    rows = [row for path in sorted(folder.rglob(METADATA)) for row in _rows(path)]
    return dict(Counter(standing(row) for row in rows)) or {standing({}): count}


def rights_of_picture(path: Path) -> dict[str, int]:
    """The rights of one picture, from the `metadata.jsonl` beside it where that names it."""
    listed = path.parent / METADATA
    rows = _rows(listed) if listed.is_file() else ()
    return {standing(next((row for row in rows if row.get("file_name") == path.name), {})): 1}


def standing(facts: Mapping[str, object]) -> str:
    """Rights and licence in one phrase ('open CC0-1.0')."""
    return f"{facts.get('rights', 'unknown')} {facts.get('license') or 'no licence on record'}"


def _rows(path: Path) -> Iterator[Facts]:
    try:
        return metadata_rows(path.read_bytes(), str(path))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); mend or remove it") from error


def _summary(folder: Path) -> dict[str, int] | None:
    """What unpacking noted last; None where it was not finished or the note is damaged."""
    try:
        found = json.loads((folder / SUMMARY).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    good = isinstance(found, dict) and all(type(count) is int for count in found.values())
    return found if good else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
