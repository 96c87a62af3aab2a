"""Build artistic-face datasets like AAHQ: crawl, align, filter, review, map and publish portraits.

`aahq_builder.open(work)` gives the tables of a build as pandas DataFrames.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aahq_builder.tables import Tables

__all__ = ["open"]


def open(work: str | Path) -> "Tables":  # noqa: A001 - `aahq_builder.open` reads as it should
    """The tables of the build in folder `work`: `artworks`, `faces`, `scores`, `reviews`, `runs`."""
    from aahq_builder.tables import open_tables

    return open_tables(work)
