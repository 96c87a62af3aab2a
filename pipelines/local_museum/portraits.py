"""Real portraits for the demo: those of the game Battle for Wesnoth, out of Debian's package, without root.

The pictures are under the GPL; their painters are named in the `ARTISTS` file beside them.
"""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from blendgan.errors import UserError

PACKAGE_PREFIX = "wesnoth-"
PACKAGE_SUFFIX = "-data"
PORTRAITS_INSIDE = "/data/core/images/portraits/"
ANIMALS = frozenset({"drakes", "monsters", "nagas", "saurians", "trolls", "wolves", "woses"})
"""Folders left out: dragons, beasts and trees. A search for faces takes longest where there are none."""
APT_TIMEOUT_S = 900


def have_apt() -> bool:
    """Whether this machine can fetch Debian packages."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def fetch_portraits(target: Path) -> None:
    """Fill `target` with the portraits and their `ARTISTS` file; does nothing if they are there."""
    if target.exists():
        return
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=_made(target.parent)) as scratch:
        package = _download_package(Path(scratch))
        unpacked = Path(scratch) / "portraits"
        count = _unpack_portraits(package, unpacked)
        if not count:
            raise UserError(f"{package.name} holds no portraits; give a folder of your own: DEMO_IMAGES=dir make demo")
        unpacked.replace(target)


def _download_package(scratch: Path) -> Path:
    # lists and cache of our own, so that neither root nor an earlier `apt-get update` is needed
    for folder in ("lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True)
    own = ["-o", f"Dir::State::Lists={scratch / 'lists'}", "-o", f"Dir::Cache={scratch / 'cache'}"]
    own += ["-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1"]
    _call(["apt-get", *own, "-qq", "update"], scratch)
    names = _call(["apt-cache", *own, "pkgnames", PACKAGE_PREFIX], scratch).split()
    versions = [name for name in names if name.endswith(PACKAGE_SUFFIX) and name[len(PACKAGE_PREFIX)].isdigit()]
    if not versions:
        raise UserError("apt knows no wesnoth-*-data package; give a folder of your own: DEMO_IMAGES=dir make demo")
    _call(["apt-get", *own, "-qq", "download", max(versions, key=_version)], scratch)
    return next(scratch.glob("*.deb"))


def _unpack_portraits(package: Path, target: Path) -> int:
    """Write the pictures of people below the portraits folder of a .deb to `target`; gives their number.

    A folder's files lie together in an archive, so what follows the last portrait is not unpacked.
    """
    count = 0
    unpack = ["dpkg-deb", "--fsys-tarfile", str(package)]
    # it would complain that nobody reads the rest
    dpkg = subprocess.Popen(unpack, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with dpkg, tarfile.open(fileobj=dpkg.stdout, mode="r|") as archive:
        for member in archive:
            _, found, name = member.name.partition(PORTRAITS_INSIDE)
            if count and not found:
                break
            parts = Path(name).parts
            wanted = found and member.isfile() and ".." not in parts and not ANIMALS.intersection(parts[:1])
            content = archive.extractfile(member) if wanted else None
            if content is not None:
                destination = target / name
                _made(destination.parent)
                destination.write_bytes(content.read())
                count += destination.suffix in (".png", ".webp")
    return count


def _version(package: str) -> tuple[int, ...]:
    return tuple(int(part) for part in package[len(PACKAGE_PREFIX) : -len(PACKAGE_SUFFIX)].split(".") if part.isdigit())


def _call(words: Sequence[str], folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=APT_TIMEOUT_S, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"{words[0]} failed: {last}; give a folder of your own: DEMO_IMAGES=dir make demo")
    return done.stdout


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
