"""Whose work it is: the makers that a line of credit names, in a form in which spellings of one name agree.

Museums write "Vincent van Gogh (Dutch, 1853–1890)", "Gogh, Vincent van", "Jane Doe; John Roe" or a name, a line break
and a nation. A person who asks for a takedown writes "Vincent van Gogh".
"""

import re
import unicodedata

BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
BETWEEN_MAKERS = re.compile(r"[;|\n•]|\s/\s")
BETWEEN_FULL_NAMES = re.compile(r"\s(?:and|&|with|und|et)\s|,", re.IGNORECASE)
"""These stand inside names too (Gilbert & George; Gogh, Vincent van), so that both sides must be two words long."""
LIFE = re.compile(r"(?:\b(?:born|died|active|b\.|d\.|fl\.|ca?\.|circa)\s*)*\b\d{3,4}\b.*", re.IGNORECASE | re.DOTALL)
"""Years of birth and death and what follows them."""
ROLE = re.compile(r"^(?:\w+\s*:|(?:painted |drawn |engraved |made |photo |photographed )?by\b)\s*", re.IGNORECASE)
"""`Artist: Jane Doe`, `Painted by Jane Doe`."""
NOT_BY = re.compile(
    r"^(?:attributed to|after|circle of|copy after|follower of|imitator of|manner of|school of|style of|workshop of)\b",
    re.IGNORECASE,
)
"""Such a work is not by the one who is named; it is offered as a near match."""


def makers(credit: str) -> frozenset[str]:
    """The names of all makers in a line of credit, and the line as a whole, each in all its `spellings`."""
    names = {credit}
    for part in BETWEEN_MAKERS.split(BRACKETS.sub(" ", credit)):
        names |= _names(ROLE.sub("", part.strip()))
    return frozenset(spelling for name in names for spelling in spellings(name))


def spellings(name: str) -> frozenset[str]:
    """A name with its accents and without, both without case, punctuation and double spaces."""
    unaccented = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return frozenset(filter(None, (normalised_artist(name), normalised_artist(unaccented))))


def normalised_artist(name: str) -> str:
    """A name without case, differences of encoding, punctuation and double spaces."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", folded).split())


def _names(part: str) -> set[str]:
    """The names in what stands between two separators; none if it is a nation with years, or of another's hand."""
    alive = LIFE.sub("", part).strip(" ,")
    if NOT_BY.match(part) or (alive != part.strip(" ,") and len(alive.split()) < 2):
        return set()
    pieces = [piece.strip() for piece in BETWEEN_FULL_NAMES.split(alive)]
    are_names = [len(piece.split()) > 1 for piece in pieces]
    names = {alive, *(pieces if all(are_names) else pieces[: are_names[0]])}
    if alive.count(",") == 1:
        family, given = (piece.strip() for piece in alive.split(","))
        names.add(f"{given} {family}")
    return names
