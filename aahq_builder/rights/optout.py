"""Opt-outs in every spelling: what artists and sites write to keep their work out of machine learning.

`noai`, `noimageai` and `noml` deny wherever they stand and whichever agent they address; `noindex` and `noimageindex`
speak about search engines and are only noted.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

from bs4 import BeautifulSoup

from aahq_builder.rights import tdm
from aahq_builder.rights.usage import training_denied, usage_denied

DENYING = frozenset({"noai", "noimageai", "noml", "noaitraining", "notrainai", "disallowaitraining"})
DENYING_TAGS = DENYING | {"noaiart", "notoai", "notoaiart", "notoaiimages", "notoaigeneratedimages", "saynotoai"}


def in_tags(tags: Iterable[str]) -> str | None:
    """The first tag that opts out (`NoAI`, `no ai`, `#no-ai`, …), also among several that were joined into one."""
    return next((tag for tag in tags if any(form in DENYING_TAGS for form in _forms(tag))), None)


def _forms(tag: str) -> Iterator[str]:
    """The letters of a tag, of its parts between separators, and of its words."""
    text = unicodedata.normalize("NFKC", tag).casefold()
    for part in (text, *re.split(r"[,;|/#\n\t]", text), *text.split()):
        yield re.sub(r"[^a-z]", "", part)


def in_directives(text: str) -> str | None:
    """The first denying word of a robots header or element: `noindex, otherbot: noai` gives `noai`."""
    text = unicodedata.normalize("NFKC", text).casefold()
    words = [re.sub(r"[\s_-]", "", part) for part in (*re.split(r"[,:;]", text), *re.split(r"[\s,:;]+", text))]
    found = next((word for word in words if word in DENYING), None)
    return found or (text.strip() if training_denied(text) else None)


HEADERS: dict[str, Callable[[str], object]] = {
    "X-Robots-Tag": in_directives,
    "TDM-Reservation": tdm.is_reserved,
    "Content-Usage": usage_denied,
    "Content-Signal": usage_denied,
}
"""The headers that may opt out, with what tells whether they do."""


def in_headers(headers: Mapping[str, str]) -> str | None:
    """What opts out in the headers of an answer, as `Name: value`; repeated headers come joined by commas."""
    found = ((name, headers.get(name) or "", denies) for name, denies in HEADERS.items())
    return next((f"{name}: {value[:200]}" for name, value, denies in found if value and denies(value)), None)


def in_page(soup: BeautifulSoup) -> str | None:
    """What opts out in the `meta` elements of a page, whoever they address."""
    for element in soup.find_all("meta"):
        name = str(element.get("name") or element.get("http-equiv") or element.get("property") or "").casefold()
        content = str(element.get("content") or "")
        if tdm.is_name(name):
            denies: object = tdm.is_reserved(content)
        elif name.strip() in ("content-usage", "content-signal"):
            denies = usage_denied(content)
        else:
            denies = in_directives(content)
        if denies:
            return f"meta {name}: {content[:100]}"
    return None
