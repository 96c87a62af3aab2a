"""Looking for what must not be there: byte by byte in every file, and in what tables and archives hold unpacked."""

import base64
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

SAMPLE_BYTES = 64
ENCODINGS = ("utf-8", "utf-16-le", "utf-32-le")


def traces(folders: Iterable[Path], wanted: Mapping[str, bytes]) -> list[str]:
    """`file: name` for every wanted sequence of bytes that some file below these folders holds, or is named by."""
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        contents = [path.name.encode(), *(unpacked(path.name, path.read_bytes()) if path.is_file() else [])]
        found += [f"{path}: {name}" for name, needle in wanted.items() if any(needle in each for each in contents)]
    return found


def unpacked(name: str, content: bytes) -> Iterator[bytes]:
    """The bytes of a file, and those of its rows or members."""
    yield content
    if name.endswith(".parquet"):
        import pyarrow.parquet as pq

        for row in pq.read_table(io.BytesIO(content)).to_pylist():
            yield json.dumps(row, ensure_ascii=False, default=lambda value: f"hex:{value.hex()}").encode()
            yield from _bytes_in(row)
    elif name.endswith((".zip", ".npz")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield member.encode()
                yield from unpacked(member, archive.read(member))
    elif name.endswith(".tar"):
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for entry in tar:
                yield entry.name.encode()
                reader = tar.extractfile(entry)
                yield from unpacked(entry.name, reader.read() if reader else b"")


def words(*texts: str) -> dict[str, bytes]:
    """Texts as bytes, in the encodings that files of arrays use too."""
    return {f"{text} ({encoding})": text.encode(encoding) for text in texts for encoding in ENCODINGS}


def picture(name: str, content: bytes) -> dict[str, bytes]:
    """A picture file by some of its bytes, and as a page embeds it."""
    middle = len(content) // 2
    sample = content[middle : middle + SAMPLE_BYTES]
    return {name: sample, f"{name} (base64)": base64.b64encode(content)[middle : middle + SAMPLE_BYTES]}


def _bytes_in(value: object) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _bytes_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _bytes_in(inner)
