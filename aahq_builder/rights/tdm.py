"""Reservations of the rights to text and data mining: the TDM Reservation Protocol in all its places.

https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from urllib.parse import unquote, urlsplit

from aahq_builder.rights.wildcards import matches

RESERVED = frozenset({"1", "1.0", "true", "yes", "?1"})
NAME = "tdm-reservation"


def is_reserved(value: object) -> bool:
    """Whether a value of `tdm-reservation` means 1, in whatever type or spelling; of several, one is enough."""
    if isinstance(value, (bool, int, float)):
        return value == 1
    values = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    return any(word.strip("\"'") in RESERVED for each in values for word in re.split(r"[\s,;]+", each.casefold()))


def is_name(name: str) -> bool:
    """Whether a header, a meta element or a key is `tdm-reservation`, as sites write it."""
    return re.sub(r"[\s_:]+", "-", name.strip().casefold()) == NAME


def in_tdmrep(rules: object, path: str) -> str | None:
    """The first rule of a `tdmrep.json` whose location covers `path`, if it reserves the rights."""
    for rule in _rules(rules):
        for location in _locations(rule.get("location")):
            if matches(location, unquote(path)):
                reserved = any(is_name(str(key)) and is_reserved(value) for key, value in rule.items())
                return f"tdmrep.json: {location}"[:200] if reserved else None
    return None


def _rules(document: object) -> Iterator[Mapping[object, object]]:
    """The rules of a file: a list of objects, one object alone, or lists within one."""
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        document = [document] if any(is_name(str(key)) for key in document) else list(chain(*lists))
    for rule in document if isinstance(document, list) else []:
        if isinstance(rule, dict):
            yield rule


def _locations(location: object) -> Iterator[str]:
    """The path patterns of a rule; one that names no place speaks of the whole site."""
    for each in location if isinstance(location, list) else [location]:
        text = str(each or "/").strip()
        if "://" in text:
            text = _path(text)
        yield unquote(text if text.startswith(("/", "*")) else f"/{text}")


def _path(address: str) -> str:
    try:
        return urlsplit(address).path or "/"
    except ValueError:
        return "/"
