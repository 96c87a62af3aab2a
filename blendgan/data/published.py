"""Published datasets as folders of pictures: Parquet releases (also on the Hub) and StyleGAN zips, unpacked once.

Pictures are then read like any folder's, in random order and by several workers, which Parquet is not made for.
Rows that a release marks as denied or removed are left out.
"""

import json
import lzma
import re
import shutil
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from blendgan.data.folder import ImageFolder, Refusal, why_refused
from blendgan.data.formats import SUFFIXES
from blendgan.data.metadata import METADATA, VALIDATION, Facts, by_name, rights_below, rows_of, standing, withdrawn
from blendgan.errors import UserError

HUB = "hf:"
MAX_PICTURE_BYTES = 200_000_000
PICTURES_BESIDE = "metadata.parquet"
"""Columns of an image folder, whose pictures are files."""
SUMMARY = "rights.json"
"""Written last: its presence says that unpacking was finished."""
ORIGIN = "origin.sha256"
"""Holds the hash of the files that the pictures were unpacked from."""
MAX_METADATA_BYTES = 2_000_000_000
UNREADABLE_ZIP = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError),  # an unknown compression; a password
    *(lzma.LZMAError, struct.error, IndexError, OverflowError),
)
Picture = tuple[str, bytes, Facts]
"""File name, content, and the facts that the dataset gives with it."""


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
        for name, content, facts in numbered(pictures_of(source)):
            path = Path(place, name)
            path.write_bytes(content)
            reason = why_refused(path, size)
            path.unlink()
            paths += [] if reason else [path]
            refused += [Refusal(Path(name), reason)] if reason else []
            counts[standing(facts)] += 1
    return ImageFolder(Path(place), size, paths, refused, counts)


def pictures_of(source: Path) -> Iterator[Picture]:
    """The rows of a published set."""
    kind = kind_of(source)
    return zip_pictures(source) if kind == "zip" else parquet_pictures(from_hub(source) if kind == "hub" else source)


def kind_of(source: Path) -> str:
    """'hub' for `hf:ORG/NAME`, 'zip', 'parquet' for a file or a release's folder, else 'folder'."""
    if str(source).startswith(HUB):
        return "hub"
    if source.suffix == ".zip" and source.is_file():
        return "zip"
    return "parquet" if parquet_files(source) else "folder"


def parquet_files(source: Path) -> list[Path]:
    """The files that hold pictures: those of `data/pixels` in our releases, without validation, else all."""
    if source.suffix == ".parquet" and source.is_file():
        return [source]
    pixels = source / "data" / "pixels"
    if pixels.is_dir():
        return sorted(path for path in pixels.glob("*.parquet") if not path.name.startswith(f"{VALIDATION}-"))
    found = sorted(source.rglob("*.parquet")) if source.is_dir() else []
    return [path for path in found if path.name != PICTURES_BESIDE]


def parquet_pictures(source: Path) -> Iterator[Picture]:
    """Rows with a column `image`, as the `datasets` library stores it or as plain bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in parquet_files(source):
        try:
            with pq.ParquetFile(path) as file:
                names = file.schema_arrow.names
                if "image" not in names:
                    raise UserError(f"{path} has no column 'image'; publish the release with --content pixels")
                facts = [name for name in ("rights", "license", "status") if name in names]
                for group in file.iter_batches(batch_size=16, columns=["image", *facts]):
                    for row in group.to_pylist():
                        yield *_content(row.pop("image"), path), row
        except UserError:
            raise
        except (pa.ArrowException, OSError, ValueError, LookupError) as error:
            raise UserError(
                f"{path} is not a readable Parquet file ({_said(error)}); copy or download it again"
            ) from error


def _content(image: object, path: Path) -> tuple[str, bytes]:
    """Name and bytes of a picture in a row; none of a row without one, which is then left out by name."""
    if isinstance(image, str):
        raise UserError(f"{path} holds addresses as 'image', not pictures; publish the release with --content pixels")
    facts = image if isinstance(image, dict) else {"bytes": image}
    name, content = facts.get("path"), facts.get("bytes")
    return name if isinstance(name, str) else "", content if isinstance(content, bytes) else b""


def _said(error: BaseException) -> str:
    """The error of a library on one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def zip_pictures(source: Path) -> Iterator[Picture]:
    """PNG files of a StyleGAN zip, with the rows of its `metadata.jsonl` where it has one."""
    try:
        with zipfile.ZipFile(source) as archive:
            facts = _metadata(archive, source)
            for member in archive.infolist():
                if Path(member.filename).suffix.lower() in SUFFIXES:
                    if member.file_size > MAX_PICTURE_BYTES:
                        raise UserError(f"{member.filename} in {source} claims {member.file_size:,} bytes; remove it")
                    yield member.filename, archive.read(member), facts.get(member.filename, {})
    except UserError:
        raise
    except UNREADABLE_ZIP as error:
        raise UserError(f"{source} is not a readable zip ({_said(error)}); copy or download it again") from error


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


def numbered(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """Every picture that was not withdrawn, under a name that is ours."""
    for number, (name, content, facts) in enumerate(pictures):
        if not withdrawn(facts):
            suffix = re.sub(r"[^a-z]", "", Path(name).suffix.lower()) or "png"  # the name itself is not ours to trust
            yield f"{number:08d}.{suffix}", content, facts


def unpack(pictures: Iterator[Picture], folder: Path, sha256: str) -> None:
    """Write the pictures as numbered files, the hash of where they come from, and last a summary of their rights."""
    folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    for name, content, facts in numbered(pictures):
        (folder / name).write_bytes(content)
        counts[standing(facts)] += 1
    (folder / ORIGIN).write_text(sha256, encoding="utf-8")
    temporary = folder / (SUMMARY + ".tmp")
    temporary.write_text(json.dumps(dict(counts), indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / SUMMARY)


def rights_of(folder: Path, count: int) -> dict[str, int]:
    """How many pictures stand under which rights and licence, as far as the dataset says."""
    stored = _summary(folder)
    return rights_below(folder, count) if stored is None else stored


def _summary(folder: Path) -> dict[str, int] | None:
    """The rights that were counted when the set was unpacked here; None if that was not finished or is damaged."""
    try:
        stored = json.loads(_text(folder / SUMMARY))
    except (ValueError, RecursionError):
        return None
    return stored if isinstance(stored, dict) and all(isinstance(count, int) for count in stored.values()) else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _metadata(archive: zipfile.ZipFile, source: Path) -> dict[str, Facts]:
    if METADATA not in archive.namelist():
        return {}
    if archive.getinfo(METADATA).file_size > MAX_METADATA_BYTES:
        raise UserError(f"{METADATA} in {source} claims more than {MAX_METADATA_BYTES:,} bytes; publish the set again")
    return by_name(rows_of(archive.read(METADATA), source / METADATA))
