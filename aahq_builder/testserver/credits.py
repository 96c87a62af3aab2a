"""Who drew which picture of a served folder, and under which licence.

Three places are looked at: `credits.csv` beside the pictures (columns `file`, `title`, `artist`, `license`, `date`), an
`ARTISTS` file as the game Battle for Wesnoth keeps it, and the defaults given on the command line.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

CREDITS_FILE, ARTISTS_FILE = "credits.csv", "ARTISTS"
WESNOTH_LICENSE = "GPL-2.0-or-later"
WESNOTH_ARTISTS = "The Battle for Wesnoth artists"
FILLER = {"and", "of", "male", "female", "line", "alternate", "alt", "other", "update", "loyalist", "mage"}
"""Words that do not tell one picture from another (singular)."""


@dataclass(frozen=True)
class Credit:
    """What is published about one picture."""

    title: str
    artist: str
    license: str
    date: str = ""


def read_credits(folder: Path, files: list[Path], artist: str, license: str) -> dict[Path, Credit]:  # noqa: A002
    """The credit of every file; `artist` and `license` are used where the folder itself names none."""
    listed = _read_csv(folder / CREDITS_FILE)
    drawn_by = read_artists(folder / ARTISTS_FILE)
    if drawn_by:
        artist, license = artist or WESNOTH_ARTISTS, license or WESNOTH_LICENSE  # noqa: A001
    found = {}
    for file in files:
        name = file.relative_to(folder).as_posix()
        row = listed.get(name, {})
        found[file] = Credit(
            title=row.get("title") or title_of(file, folder),
            artist=row.get("artist") or _best_artist(name, drawn_by) or artist or "Unknown artist",
            license=row.get("license") or license,
            date=row.get("date") or "",
        )
    return found


def title_of(file: Path, folder: Path) -> str:
    """A title from a path: `humans/mage-red+female.png` is 'humans: mage red female'."""
    words = re.sub(r"[-_+]+", " ", file.stem)
    parent = file.parent.relative_to(folder).as_posix()
    return words if parent == "." else f"{parent}: {words}"


@dataclass(frozen=True)
class CreditedDrawing:
    """One thing drawn, as an `ARTISTS` file lists it under an artist and a group."""

    artist: str
    group: frozenset[str]
    name: frozenset[str]


def read_artists(path: Path) -> list[CreditedDrawing]:
    """The entries of a file of `Artist:` headings, group headings and indented names."""
    if not path.exists():
        return []
    entries, artist, group, after_blank = [], "", "", True
    for line in path.read_text("utf-8", errors="replace").splitlines():
        text = line.strip()
        if text.startswith(("Outdated", "Current", "Portrait")):
            artist = ""
        elif text and not line[0].isspace() and after_blank and "/" in text:
            artist, group = text.rstrip(":"), ""
        elif text and not line[0].isspace():
            group = text
        elif text and artist:
            entries += [CreditedDrawing(artist, _words(group), _words(part)) for part in text.split("/")]
        after_blank = not text
    return entries


def _best_artist(name: str, entries: list[CreditedDrawing]) -> str:
    """The artist of the entry whose words all occur in the path, in a group that the path does not contradict."""
    path_words = _words(Path(name).with_suffix("").as_posix())
    own_words = _words(Path(name).stem)
    fitting = [
        (len(entry.name | entry.group & path_words), entry.artist)
        for entry in entries
        if entry.name & own_words and entry.name <= path_words and (not entry.group or entry.group & path_words)
    ]
    return max(fitting, key=lambda scored: scored[0], default=(0, ""))[1]


def _words(text: str) -> frozenset[str]:
    words = (word for word in re.split(r"[^a-z]+", text.lower()) if word)
    singular = {word.removesuffix("s").replace("dwarve", "dwarf").replace("elve", "elf") for word in words}
    return frozenset(singular - FILLER) or frozenset(singular)


def _read_csv(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as lines:
        return {row["file"]: row for row in csv.DictReader(lines)}
