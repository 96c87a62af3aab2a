"""What kind of work a record describes, read from its words, and which kinds a crawl asks for.

The words are those of museums' records in English, Dutch and Danish. Of several in one text the first counts: a
"photograph of a painting" is a photograph, a "drawing for a print" a drawing.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

from aahq_builder.errors import UserError

Kind = Literal["painting", "drawing", "print", "photograph", "sculpture"]
OTHER: Literal["other"] = "other"
"""A record that says what the work is, and it is none of the kinds: a coin, a carpet, a clock."""
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST_TEXT = 1000
"""Characters that are looked at; what a work is stands at the beginning."""
PLURALS: dict[str, str] = {**{kind: f"{kind}s" for kind in KINDS}, OTHER: "coins and others"}
ANY, DEFAULT = "any", "painting,drawing,print"

_WORDS = {
    "painting": "painting, paintings, miniature*, miniatuur*, fresco*, tempera, acryl*, oil on, oil paint, oil sketch,"
    " *olieverf*, olie op, olie på, *schilder*, *maleri*",
    "drawing": "drawing, drawings, sketch*, pastel*, watercolo*, gouache*, chalk*, charcoal*, graphite*, pencil*,"
    " crayon*, pen, ink, silverpoint, metalpoint, aquarel*, *tekening*, schets*, houtskool*, potlood*, krijt,"
    " *tegning*, akvarel*, kul, blyant*, *kridt",
    "print": "print, prints, etching*, engraving*, *lithograph*, *litho, *litografi*, *woodcut*, woodblock*,"
    " mezzotint*, relief print*, aquatint*, drypoint*, linocut*, screenprint*, serigraph*, monotype*, poster,"
    " posters, prent*, ets, etsen, *gravure*, houtsnede*, zwartekunst*, kobberstik*, radering*, træsnit*,"
    " koldnål*, grafi*, stentryk*",
    "photograph": "photo*, *foto*, daguerreotyp*, daguerrotyp*, albumen*, albumine*, gelatin*, cyanotyp*, tintype*,"
    " ambrotype*, calotype*, carte de visite, carte-de-visite, negative*, negatief, stereograph*",
    "sculpture": "sculptur*, skulptur*, *beeldhouw*, beeld, beelden, borstbeeld*, standbeeld*, statu*, bust, busts,"
    " buste*, figurine*, relief, marble*, marmer*, marmor*, bronze*, brons*, terracotta*, plaster*, gips*, carving*",
    OTHER: "coin, coins, medal*, medaille*, penning*, munt, munten, mønt*, ceramic*, kerami*, porcelain*, porselein*,"
    " porcelæn*, faience*, pottery, textile*, textiel*, tekstil*, tapestr*, tapijt*, costume*, kostuum*, furniture,"
    " meubel*, jewel*, sieraad*, smykke*, glass, glas, vase*, vessel*, arms, armor, armour, wapen*, våben*,"
    " manuscript*, handschrift*, håndskrift*, book, books, boek*, bog, map, maps, clock*, enamel*, gem, gems, cameo*",
}
"""What each kind is called; `*` stands for the rest of a word."""


@dataclass(frozen=True)
class Kinds:
    """The kinds that are asked for."""

    names: frozenset[str] | None = None
    """None asks for any."""

    def allow(self, kind: str | None) -> bool:
        """Whether a work of this kind is wanted; one whose record does not say (None) always is."""
        return self.names is None or kind is None or kind in self.names

    def in_words(self) -> str:
        """What the kinds add to a listing's name: ` [painting, print]`, nothing for any."""
        return "" if self.names is None else f" [{', '.join(kind for kind in KINDS if kind in self.names)}]"


ANY_KIND = Kinds()


def read_kinds(words: str) -> Kinds:
    """`painting,drawing`, or `any`; `UserError` for a word that is no kind."""
    names = [word.strip().lower() for word in words.split(",") if word.strip()]
    if unknown := next((name for name in names if name not in (*KINDS, ANY)), None):
        raise UserError(f"--kind knows no '{unknown}'; there are {', '.join(KINDS)} and any")
    if not names:
        raise UserError(f"--kind names nothing; there are {', '.join(KINDS)} and any")
    return ANY_KIND if ANY in names else Kinds(frozenset(names))


def kind_of(*texts: str | None) -> str | None:
    """The kind that the texts of a record name, the most telling text first (classification, object name, technique).

    `OTHER` for texts that name none of the kinds, None where there are no texts, or none of letters.
    """
    said = [text for text in texts if text and any(map(str.isalpha, text))]
    return next(filter(None, map(_first_named, said)), OTHER if said else None)


def hinted_kind(text: str | None) -> str | None:
    """The kind that loose words hint at, as categories do; of several the first of `KINDS`, None without any."""
    return next((kind for kind in KINDS if _PATTERNS[kind].search((text or "")[:LONGEST_TEXT])), None)


def counts_in_words(skipped: Counter[str]) -> str:
    """`13 photographs, 4 coins and others`, the most frequent first."""
    named = [(count, kind if count == 1 and kind != OTHER else PLURALS[kind]) for kind, count in skipped.most_common()]
    return ", ".join(f"{count} {name}" for count, name in named)


def _first_named(text: str) -> str | None:
    found = {
        kind: match.start() for kind, pattern in _PATTERNS.items() if (match := pattern.search(text[:LONGEST_TEXT]))
    }
    return min(found, key=lambda kind: found[kind], default=None)


def _pattern(words: str) -> re.Pattern[str]:
    """Matches any of the words, as whole words but for what `*` leaves open."""
    either = "|".join(re.escape(word.strip()).replace(r"\*", r"\w*") for word in words.split(","))
    return re.compile(rf"\b({either})\b", re.IGNORECASE)


_PATTERNS = {kind: _pattern(words) for kind, words in _WORDS.items()}
