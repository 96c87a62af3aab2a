"""Published datasets as folders of pictures: Parquet releases (also on the Hub) and StyleGAN zips, unpacked once.

Pictures are then read like any folder's, in random order and by several workers, which Parquet is not made for.
Rows that a release marks as denied or removed are left out.
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from blendgan.data.formats import SUFFIXES
from blendgan.errors import UserError

HUB = "hf:"
WITHDRAWN = frozenset({"denied", "removed"})
MAX_PICTURE_BYTES = 200_000_000
SUMMARY = "rights.json"
"""Written last: its presence says that unpacking was finished."""
Picture = tuple[str, bytes, dict[str, object]]
"""File name, content, and the facts that the dataset gives with it."""


def as_folder(source: Path, unpacked: Path) -> Path:
    """`source` itself if it is a folder of pictures, else the folder `unpacked` with its pictures."""
    kind = kind_of(source)
    if kind == "folder":
        return source
    if not (unpacked / SUMMARY).exists():
        rows = (
            zip_pictures(source) if kind == "zip" else parquet_pictures(from_hub(source) if kind == "hub" else source)
        )
        unpack(rows, unpacked)
    return unpacked


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


def parquet_pictures(source: Path) -> Iterator[Picture]:
    """Rows with a column `image` as the `datasets` library stores it."""
    import pyarrow.parquet as pq

    for path in parquet_files(source):
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if "image" not in names:
                raise UserError(f"{path} has no column 'image'; publish the release with --content pixels")
            facts = [name for name in ("rights", "license", "status") if name in names]
            for group in file.iter_batches(batch_size=16, columns=["image", *facts]):
                for row in group.to_pylist():
                    image = row.pop("image")
                    yield image.get("path") or "", image["bytes"], row


def zip_pictures(source: Path) -> Iterator[Picture]:
    """PNG files of a StyleGAN zip, with the rows of its `metadata.jsonl` where it has one."""
    try:
        with zipfile.ZipFile(source) as archive:
            facts = _metadata(archive)
            for member in archive.infolist():
                if Path(member.filename).suffix.lower() in SUFFIXES:
                    if member.file_size > MAX_PICTURE_BYTES:
                        raise UserError(f"{member.filename} in {source} claims {member.file_size:,} bytes; remove it")
                    yield member.filename, archive.read(member), facts.get(member.filename, {})
    except (zipfile.BadZipFile, EOFError) as error:
        raise UserError(f"{source} is not a readable zip ({error}); copy or download it again") from error


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


def unpack(pictures: Iterator[Picture], folder: Path) -> None:
    """Write the pictures as numbered files, and last a summary of their rights."""
    folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    for number, (name, content, facts) in enumerate(pictures):
        rights = str(facts.get("rights", "unknown"))
        if rights in WITHDRAWN or facts.get("status") in WITHDRAWN:
            continue
        suffix = re.sub(r"[^a-z]", "", Path(name).suffix.lower()) or "png"  # the name itself is not ours to trust
        (folder / f"{number:08d}.{suffix}").write_bytes(content)
        counts[f"{rights} {facts.get('license') or 'no licence on record'}"] += 1
    temporary = folder / (SUMMARY + ".tmp")
    temporary.write_text(json.dumps(dict(counts), indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / SUMMARY)


def rights_of(folder: Path, count: int) -> dict[str, int]:
    """How many pictures stand under which rights and licence, as far as the dataset says."""
    summary, metadata = folder / SUMMARY, sorted(folder.rglob("metadata.jsonl"))
    if summary.exists():
        stored: dict[str, int] = json.loads(summary.read_text(encoding="utf-8"))
        return stored
    rows = [json.loads(line) for path in metadata for line in path.read_text(encoding="utf-8").splitlines()]
    if not rows:
        return {"unknown no licence on record": count}
    return dict(
        Counter(f"{row.get('rights', 'unknown')} {row.get('license') or 'no licence on record'}" for row in rows)
    )


def _metadata(archive: zipfile.ZipFile) -> dict[str, dict[str, object]]:
    if "metadata.jsonl" not in archive.namelist():
        return {}
    rows = (json.loads(line) for line in archive.read("metadata.jsonl").decode().splitlines())
    return {row["file_name"]: row for row in rows}
