"""Preferences about AI training: `Content-Usage` (IETF), `Content-Signal`, the AI rules of robots files, and `ai.txt`.

https://datatracker.ietf.org/doc/draft-ietf-aipref-vocab and -attach; the vocabulary has changed with every draft, and
sites use all of them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import unquote

from aahq_builder.rights.wildcards import matches

NAMED = frozenset({"train-ai", "ai-train", "ai-training", "train-genai", "genai-train"})
"""Names of AI training that mean nothing else, wherever they stand."""
TRAINING = NAMED | {"ai", "genai"}
AUTOMATION = frozenset({"bots", "tdm", "all"})
"""Wider uses, which count where nothing is said about training itself."""
NO = frozenset({"n", "no", "?0", "0", "false", "deny", "disallow"})
YES = frozenset({"y", "yes", "?1", "1", "true", "allow"})
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp")
Rule = tuple[str, bool, str]
"""A pattern of paths, whether it denies training, and the line itself."""
PREFERENCE = re.compile(r"""(?<![\w-])([a-z][a-z_-]{1,40})\s*=\s*["']?(\??[a-z0-9]{1,10})(?![\w-])""", re.IGNORECASE)


def training_denied(text: str) -> bool:
    """Whether a text of any kind holds a preference (`train-ai=n`) that denies AI training in so many words."""
    return any(_stated(text, NAMED))


def usage_denied(text: str) -> bool:
    """Whether preferences keep out AI training: by its name, or by a wider use where it is not named."""
    by_name = _stated(text, TRAINING)
    return any(by_name or _stated(text, AUTOMATION))


def in_robots(text: str, path: str = "/") -> str | None:
    """The line of a robots file that keeps `path` (with its query) out of training, whichever agent it addresses."""
    return _denying(_groups(text, _usage_rule), unquote(path))


def in_ai_txt(text: str, path: str) -> str | None:
    """The line of an `ai.txt` (Spawning) that refuses `path`, whichever agent it addresses.

    It is written as robots files are, speaks about data sets only, and names types of files (`Disallow: *.png`). An
    address that does not tell its type is refused with any type of pictures.
    """
    groups = list(_groups(text, _type_rule))
    path = unquote(path.partition("?")[0]).casefold()
    paths = [path] if "." in path.rpartition("/")[2] else [f"{path}{suffix}" for suffix in PICTURE_SUFFIXES]
    return next((line for each in paths if (line := _denying(groups, each))), None)


def _denying(groups: Iterable[Sequence[Rule]], path: str) -> str | None:
    """The line that denies: among those for one group of agents the longest pattern that matches decides."""
    for rules in groups:
        matching = [rule for rule in rules if matches(rule[0], path)]
        if matching:
            _, denies, line = max(matching, key=lambda rule: (len(rule[0]), rule[1]))
            if denies:
                return line
    return None


def _stated(text: str, names: frozenset[str]) -> list[bool]:
    """For each preference of these names: whether it denies."""
    found = [(name.casefold().replace("_", "-"), value.casefold()) for name, value in PREFERENCE.findall(text)]
    return [value in NO for name, value in found if name in names and value in NO | YES]


def _groups(text: str, read_rule: Callable[[str, str], tuple[str, bool] | None]) -> Iterator[list[Rule]]:
    """The rules of each group of agents, as `read_rule` understands a field and its value."""
    rules: list[Rule] = []
    is_heading = False
    for line in text.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        field = re.sub(r"[\s_-]", "", name).casefold()
        if field == "useragent" and not is_heading:
            yield rules
            rules = []
        is_heading = field == "useragent"
        if rule := read_rule(field, value.strip()):
            rules.append((*rule, line.strip()))
    yield rules


def _type_rule(field: str, value: str) -> tuple[str, bool] | None:
    """Pattern and meaning of a line of an `ai.txt`; an empty one refuses nothing."""
    if field not in ("disallow", "allow") or not value:
        return None
    pattern = unquote(value).casefold()
    if re.fullmatch(r"\*?\.\w+", pattern):
        pattern = f"*{pattern.removeprefix('*')}$"
    return pattern if pattern.startswith(("/", "*")) else f"/{pattern}", field == "disallow"


def _usage_rule(field: str, value: str) -> tuple[str, bool] | None:
    """Pattern and meaning of a line about training; None for any other line."""
    if field in ("disallowaitraining", "allowaitraining"):
        return unquote(value) or "/", field.startswith("dis")
    if field not in ("contentusage", "contentsignal"):
        return None
    first, _, rest = value.partition(" ")
    pattern, preferences = (first, rest) if first.startswith(("/", "*")) else ("/", value)
    if not _stated(preferences, TRAINING | AUTOMATION):
        return None
    return unquote(pattern), usage_denied(preferences)
