"""The rows of published sets, read from Parquet files and zips that others have made: nothing in them is trusted."""

import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from blendgan.data.formats import SUFFIXES
from blendgan.errors import UserError

MAX_PICTURE_BYTES = 200_000_000
METADATA = "metadata.jsonl"
Facts = dict[str, Any]
"""What a set says of a picture: `rights`, `license`, `status` and more, of any type."""
Picture = tuple[str, bytes, Facts]
"""File name, content (empty where the row has none), and the facts that the set gives with it."""
BROKEN_ZIP = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, LookupError),
    *(RuntimeError, NotImplementedError, OverflowError),
)
"""What `zipfile` raises on damaged, encrypted and unknown members."""


def zip_pictures(source: Path) -> Iterator[Picture]:
    """The pictures of a StyleGAN zip, with the rows of its `metadata.jsonl` where it has one."""
    try:
        with zipfile.ZipFile(source) as archive:
            facts = _facts_by_name(archive, source)
            for member in archive.infolist():
                if _is_picture(member.filename):
                    if member.file_size > MAX_PICTURE_BYTES:
                        raise UserError(f"{member.filename} in {source} claims {member.file_size:,} bytes; remove it")
                    yield member.filename, archive.read(member), facts.get(member.filename, {})
    except UserError:
        raise
    except BROKEN_ZIP as error:
        raise UserError(f"{source} is not a readable zip ({_said(error)}); copy or download it again") from error


def parquet_pictures(files: list[Path]) -> Iterator[Picture]:
    """Rows with a column `image`: bytes, or a struct with `bytes` and `path` as the `datasets` library stores it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in files:
        try:
            with pq.ParquetFile(path) as file:
                columns = _columns(path, file.schema_arrow)
                for group in file.iter_batches(batch_size=16, columns=columns):
                    for row in group.to_pylist():
                        yield *_content(row.pop("image")), row
        except UserError:
            raise
        except (pa.ArrowException, OSError, ValueError, LookupError) as error:
            raise UserError(f"{path} is not a readable Parquet file ({_said(error)}); download it again") from error


def metadata_rows(content: bytes, place: str) -> Iterator[Facts]:
    """The objects of a file of JSON lines. Only a line feed ends a line: titles may hold other line separators."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise UserError(f"line {number} of {place} is not JSON ({_said(error)}); mend or remove it") from error
        if not isinstance(row, dict):
            raise UserError(f"line {number} of {place} is not a JSON object; mend or remove it")
        yield row


def _facts_by_name(archive: zipfile.ZipFile, source: Path) -> dict[str, Facts]:
    if METADATA not in archive.namelist():
        return {}
    place = f"{METADATA} in {source}"
    facts: dict[str, Facts] = {}
    for row in metadata_rows(archive.read(METADATA), place):
        name = row.get("file_name")
        if not isinstance(name, str):
            raise UserError(f"a row of {place} has no file_name, so its rights belong to no picture; add it")
        facts[name] = row
    return facts


def _is_picture(name: str) -> bool:
    """Whether a member of a zip is a picture, and not what macOS keeps beside one."""
    path = Path(name)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith("._")


def _columns(path: Path, schema: Any) -> list[str]:
    import pyarrow as pa

    if "image" not in schema.names:
        raise UserError(f"{path} has no column 'image'; publish the release with --content pixels")
    kind = schema.field("image").type
    holds_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    if not holds_bytes and not (pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0):
        raise UserError(f"the column 'image' of {path} holds {kind}, not pictures; publish it with --content pixels")
    return ["image", *(name for name in ("rights", "license", "status") if name in schema.names)]


def _content(image: object) -> tuple[str, bytes]:
    """Name and content of a cell; a row without a picture is refused later, under its number."""
    cell = image if isinstance(image, dict) else {"bytes": image}
    name, content = cell.get("path"), cell.get("bytes")
    return str(name or ""), content if isinstance(content, bytes) else b""


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
