"""Fields of documents from outside: each accessor gives a value of the type that is needed, or none.

An interface that sends a number for a text, or a list for an object, costs at most that field, never the listing.
"""

import re

from aahq_builder.errors import ErrorKind, ItemError

Document = dict[str, object]
"""A JSON object as it was sent; nothing is known about its values."""


def json_object(answer: object) -> Document:
    """An answer that must be a JSON object; `ItemError` (decode) for anything else."""
    if not isinstance(answer, dict):
        raise ItemError(ErrorKind.DECODE, "the answer is no JSON object")
    return answer


def text(document: Document, name: str) -> str | None:
    """A field as text: numbers are written out, the texts of a list are joined; None for what is no text or empty."""
    return as_text(document.get(name))


def as_text(value: object) -> str | None:
    """A value as text, without characters that no UTF-8 file can hold."""
    if isinstance(value, list):
        value = "; ".join(part for part in map(as_text, value) if part)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and value.strip() else None


def maker_of(words: str | None) -> str | None:
    """The name in "Georges Seurat (French, 1859-1891)", the names of several lines of that form; None without any.

    Brackets without a year belong to the name, as in "Titian (Tiziano Vecellio)"; a line of a nation and years is none.
    """
    names = (_LIFE.sub("", line).strip(" ,") for line in (words or "").splitlines())
    return "; ".join(name for name in names if name and not _YEAR.search(name)) or None


_YEAR = re.compile(r"\d{3}")
_LIFE = re.compile(r"\([^()]*\d{2}[^()]*\)\s*$")


def number(value: object) -> int | None:
    """A whole number of at least 0, given as one or as digits."""
    digits = str(value)
    is_number = isinstance(value, (int, str)) and digits.isascii() and digits.isdigit()
    return int(digits) if is_number and len(digits) < MAX_DIGITS else None


MAX_DIGITS = 19
"""SQLite's integers end there."""


def fields_of(document: Document, name: str) -> Document:
    """A field that should be an object; empty for anything else."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def objects_in(document: Document, name: str) -> list[Document]:
    """The objects of a field that should be a list of objects."""
    value = document.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def listed_objects(document: Document, name: str) -> list[Document]:
    """The objects that a listing holds; `ItemError` (decode) where it lacks the list, so that an error message or a
    maintenance page is no empty listing."""
    if not isinstance(document.get(name), list):
        raise ItemError(ErrorKind.DECODE, f"the answer has no list '{name}'")
    return objects_in(document, name)


def texts_in(document: Document, name: str) -> list[str]:
    """The texts of a field that should be a list of texts; a single text counts as one."""
    value = document.get(name)
    entries = value if isinstance(value, list) else [value]
    return [written for written in map(as_text, entries) if written]
