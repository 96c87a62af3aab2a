"""The package that is running as a wheel, for machines that cannot get it elsewhere; no build tool is needed for it.

The format is that of PEP 427: the files, and beside them `dist-info` with their hashes.
"""

import base64
import hashlib
import importlib.util
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path

from blendgan.errors import UserError

DISTRIBUTION = "aahq-blendgan"
WHEEL = "Wheel-Version: 1.0\nGenerator: blendgan-demo\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheel(folder: Path, packages: Sequence[str]) -> Path:
    """Write the wheel of these top-level packages, the same bytes from the same files, and give its path."""
    known = distribution(DISTRIBUTION)
    stem = f"{DISTRIBUTION.replace('-', '_')}-{known.version}"
    info = f"{stem}.dist-info"
    files = {name: path.read_bytes() for package in packages for name, path in _files_of(package)}
    files |= {f"{info}/METADATA": _text(known.read_text("METADATA")), f"{info}/WHEEL": WHEEL.encode()}
    if scripts := known.read_text("entry_points.txt"):
        files[f"{info}/entry_points.txt"] = scripts.encode()
    record = [f"{name},sha256={_hash(content)},{len(content)}" for name, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return path


def _files_of(package: str) -> Iterator[tuple[str, Path]]:
    """Names in the wheel and places of a package's files, sorted."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"the package {package} is not installed; install {DISTRIBUTION} as a whole")
    root = Path(next(iter(spec.submodule_search_locations)))
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{package}/{path.relative_to(root).as_posix()}", path


def _text(content: str | None) -> bytes:
    if content is None:
        raise UserError(f"{DISTRIBUTION} is not installed as a package; install it with pip")
    return content.encode()


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
