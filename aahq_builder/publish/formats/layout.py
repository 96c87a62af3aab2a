"""What the Hub and `datasets` are told of a release: which files make which configuration and split, of which types."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aahq_builder.publish.formats import webdataset

if TYPE_CHECKING:
    from datasets import Features

PATTERNS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "parquet": {"urls": ["data/urls/{split}-*.parquet"], "pixels": ["data/pixels/{split}-*.parquet"]},
    "imagefolder": {"pixels": ["{split}/metadata.parquet", "{split}/*/*.png"]},
    "webdataset": {"pixels": ["{split}/*.tar"]},
}
"""Files of a split by format and configuration; what is not here is read by tools of its own."""
FEATURES: Mapping[str, Callable[[], "Features"]] = {"webdataset": webdataset.features}
"""Types of the columns of formats whose files do not state them: readers guess, and the first rows may be empty."""


def configurations(form: str, splits: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The entry `configs` of a card's YAML; `splits` has, for `urls` and `pixels`, the splits that have such rows."""
    patterns = {name: found for name, found in PATTERNS.get(form, {}).items() if splits.get(name)}
    return [
        {
            "config_name": name,
            "data_files": [{"split": split, "path": _paths(found, split)} for split in splits[name]],
            **({"default": True} if name == next(iter(patterns)) else {}),
        }
        for name, found in patterns.items()
    ]


def _paths(patterns: Sequence[str], split: str) -> str | list[str]:
    """One pattern as a text, as people write it."""
    paths = [pattern.format(split=split) for pattern in patterns]
    return paths if len(paths) > 1 else paths[0]
