"""What the Hub and `datasets` are told of a release: which files make which configuration and split, of which types."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from aahq_builder.publish.formats import parquet, webdataset

if TYPE_CHECKING:
    from datasets import Features

PATTERNS: Mapping[str, Mapping[str, str]] = {
    "parquet": {"urls": "data/urls/{split}-*.parquet", "pixels": "data/pixels/{split}-*.parquet"},
    "imagefolder": {"pixels": "{split}/**"},
    "webdataset": {"pixels": "{split}/*.tar"},
}
"""Files of a split by format and configuration; what is not here is read by tools of its own."""
FEATURES: Mapping[str, Callable[[], "Features"]] = {
    "imagefolder": partial(parquet.features, with_image=True),
    "webdataset": webdataset.features,
}
"""Types of the columns of formats whose files do not state them: readers guess, and the first rows may be empty."""


def configurations(form: str, splits: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The entry `configs` of a card's YAML; `splits` has, for `urls` and `pixels`, the splits that have such rows."""
    patterns = {name: pattern for name, pattern in PATTERNS.get(form, {}).items() if splits.get(name)}
    return [
        {
            "config_name": name,
            "data_files": [{"split": split, "path": pattern.format(split=split)} for split in splits[name]],
            **({"default": True} if name == next(iter(patterns)) else {}),
        }
        for name, pattern in patterns.items()
    ]
