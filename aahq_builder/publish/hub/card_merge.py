"""A new card that keeps what people have written into the old one.

Every section of a card that we have written stands between two comments, which no reader sees. What stands between
them is written anew with each release; whatever people put before, between and after the sections stays where it is.
Pure: texts in, text out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

BEGIN = "<!-- aahq-build writes this section anew: {name} -->"
END = "<!-- end of what aahq-build writes; add your own words here -->"
BEGINNING = re.compile(re.escape(BEGIN).replace(re.escape("{name}"), r"(?P<name>[a-z0-9-]+)"))
FRONT_MATTER = re.compile(r"\A---\n(?P<yaml>.*?)^---\s*?\n", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"#{1,2} +(?P<words>.+)")
FENCE = re.compile(r"(```|~~~)")
OURS = frozenset({
    "pretty_name", "license", "license_name", "license_link", "annotations_creators", "size_categories",
    "task_categories", "configs", "dataset_info", "viewer", "extra_gated_prompt",
})  # fmt: skip
"""What we state for the Hub. Of these the new card says all; all others may be people's."""


@dataclass(frozen=True)
class Section:
    """A heading and what follows it."""

    name: str
    """Of the heading, in small letters; `top` before the first one."""
    text: str


def merge(new: str, old: str, redact: Callable[[str], str] = lambda text: text) -> str:
    """The new card with people's words of the old one, which are passed through `redact`."""
    front, body = _split(new)
    old_front, old_body = _split(old)
    written = list(_sections(_without_comments(body)))
    names = {section.name for section in written}
    kept = _people_say(old_body, names)
    parts = [_merged_front(front, old_front, redact), *_spaced(redact, kept.pop("", ""))]
    homeless = [words for name, words in kept.items() if name not in names]
    for section in written:
        parts.append(f"{BEGIN.format(name=section.name)}\n{section.text.strip()}\n{END}\n\n")
        parts += _spaced(redact, kept.get(section.name, ""))
    return "".join([*parts, *(part for words in homeless for part in _spaced(redact, words))]).rstrip("\n") + "\n"


def _split(card: str) -> tuple[str, str]:
    """The YAML at the top, and the rest."""
    found = FRONT_MATTER.match(card)
    return (found["yaml"], card[found.end() :]) if found else ("", card)


def _sections(body: str) -> Iterator[Section]:
    """The sections of a text without our comments, cut at headings of the first two levels outside of code."""
    name, lines, taken, in_code = "top", [""], set[str](), False
    for line in body.splitlines(keepends=True):
        in_code ^= bool(FENCE.match(line))
        heading = None if in_code else HEADING.match(line)
        if heading:
            if "".join(lines).strip():
                yield Section(name, "".join(lines))
            name, lines = _unused(_slug(heading["words"]), taken), []
        lines.append(line)
    if "".join(lines).strip():
        yield Section(name, "".join(lines))


def _without_comments(body: str) -> str:
    """Our sections alone, of a card that may have been merged before."""
    if not BEGINNING.search(body):
        return body
    ours, in_ours = "", False
    for line in body.splitlines(keepends=True):
        if BEGINNING.fullmatch(line.strip()):
            in_ours = True
        elif line.strip() == END:
            ours, in_ours = f"{ours}\n", False
        elif in_ours:
            ours += line
    return ours


def _people_say(body: str, new_names: set[str]) -> dict[str, str]:
    """What people have written, by the name of our section that it follows; the empty name is before the first."""
    if not BEGINNING.search(body):
        # written by hand, or by a version that made no comments: what we do not write ourselves is people's
        foreign = (section.text for section in _sections(body) if section.name not in new_names)
        return {"-": "\n".join(text.strip() + "\n" for text in foreign)}
    kept, after, in_ours = {"": ""}, "", False
    for line in body.splitlines(keepends=True):
        if found := BEGINNING.fullmatch(line.strip()):
            after, in_ours = found["name"], True
            kept.setdefault(after, "")
        elif line.strip() == END:
            in_ours = False
        elif not in_ours:
            kept[after] += line
    return kept


def _spaced(redact: Callable[[str], str], words: str) -> list[str]:
    stripped = redact(words).strip("\n")
    return [f"{stripped}\n\n"] if stripped.strip() else []


def _merged_front(new: str, old: str, redact: Callable[[str], str]) -> str:
    """Our YAML, with people's keys and tags of the old one."""
    ours, theirs = _mapping(new), _mapping(redact(old))
    extra = {key: value for key, value in theirs.items() if key not in ours and key not in OURS}
    tags, more = ours.get("tags"), theirs.get("tags")
    if isinstance(tags, list) and isinstance(more, list):
        added = [tag for tag in more if tag not in tags and isinstance(tag, str)]
        extra |= {"tags": [*tags, *added]} if added else {}
    if extra:
        new = yaml.safe_dump({**ours, **extra}, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{new}---\n\n" if new else ""


def _mapping(text: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text) if text else {}
    except yaml.YAMLError:
        return {}  # people have broken it; ours is whole
    return found if isinstance(found, dict) else {}


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60] or "section"


def _unused(name: str, taken: set[str]) -> str:
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    unused = name if name not in taken else next(each for each in numbered if each not in taken)
    taken.add(unused)
    return unused
