"""Opt-outs in every spelling: what artists and sites write to keep their work out of machine learning.

`noai`, `noimageai` and `noml` deny wherever they stand and whichever agent they address; `noindex` and `noimageindex`
speak about search engines and are only noted.
"""

import re
from collections.abc import Iterable, Mapping

from bs4 import BeautifulSoup

from aahq_builder.rights.wildcards import matches

DENYING = frozenset({"noai", "noimageai", "noml", "noaitraining", "notrainai"})
DENYING_TAGS = DENYING | {"noaiart", "notoai", "notoaiart", "notoaiimages", "notoaigeneratedimages", "saynotoai"}
USAGE_DENIED = re.compile(r"\b(train-ai|train-genai|ai-train|genai)\s*=\s*(n|no)\b", re.IGNORECASE)
"""`Content-Usage: train-ai=n` (IETF draft) and `Content-Signal: ai-train=no`."""
READ_HEADERS = ("X-Robots-Tag", "TDM-Reservation", "Content-Usage", "Content-Signal")


def in_tags(tags: Iterable[str]) -> str | None:
    """The first tag that opts out (`NoAI`, `no ai`, `#no-ai`, …)."""
    return next((tag for tag in tags if re.sub(r"[^a-z]", "", tag.casefold()) in DENYING_TAGS), None)


def in_directives(text: str) -> str | None:
    """The first denying word of a robots header or element: `noindex, otherbot: noai` gives `noai`."""
    parts = re.split(r"[,:;]", text.casefold())
    words = [re.sub(r"[\s_-]", "", part) for part in parts] + re.split(r"[\s,:;]+", text.casefold())
    return next((word for word in words if word in DENYING), None)


def in_headers(headers: Mapping[str, str]) -> str | None:
    """What opts out in the headers of an answer, as `Name: value`; repeated headers come joined by commas."""
    found = {name: headers.get(name, "") for name in READ_HEADERS}
    opted_out = {
        "X-Robots-Tag": in_directives(found["X-Robots-Tag"]),
        "TDM-Reservation": found["TDM-Reservation"].strip().startswith("1"),
        "Content-Usage": USAGE_DENIED.search(found["Content-Usage"]),
        "Content-Signal": USAGE_DENIED.search(found["Content-Signal"]),
    }
    return next((f"{name}: {found[name]}" for name, denies in opted_out.items() if denies), None)


def in_page(soup: BeautifulSoup) -> str | None:
    """What opts out in the `meta` elements of a page, whoever they address."""
    for element in soup.find_all("meta"):
        name = str(element.get("name") or element.get("http-equiv") or element.get("property") or "").casefold()
        content = str(element.get("content") or "")
        if name == "tdm-reservation" and content.strip().startswith("1"):
            return f"meta {name}: {content}"
        if name != "tdm-reservation" and in_directives(content):
            return f"meta {name}: {content[:100]}"
    return None


def in_robots(text: str) -> str | None:
    """A usage line of a robots file that keeps the site out of training."""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip().casefold() in ("content-signal", "content-usage") and USAGE_DENIED.search(value):
            return line.strip()
    return None


def in_tdmrep(rules: object, path: str) -> str | None:
    """The first rule of a `tdmrep.json` whose location covers `path`, if it reserves the rights."""
    for rule in rules if isinstance(rules, list) else []:
        location = str(rule.get("location", "")) if isinstance(rule, dict) else ""
        if location and matches(location, path):
            return f"tdmrep.json: {location}" if str(rule.get("tdm-reservation")) == "1" else None
    return None
