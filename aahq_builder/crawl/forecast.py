"""How much a listing holds, how long that takes at its rate, and how a limit is shared among the sources of a crawl."""

import math
from collections.abc import Sequence


def shares(limit: int | None, names: Sequence[str]) -> dict[str, int | None]:
    """How many artworks each source may list, over all runs: of a limit as good as the same for all."""
    if limit is None:
        return dict.fromkeys(names)
    each, rest = divmod(limit, len(names))
    return {name: each + (position < rest) for position, name in enumerate(names)}


def listed_in_words(name: str, total: int, share: int | None, rate: float) -> str:
    """`met lists 5,000 works: some 1 h 24 min at 1 request a second`.

    Records and pictures come from hosts of their own, so that a work takes one turn of its source's rate.
    """
    num_wanted = total if share is None else min(share, total)
    part = f", of which --limit takes {num_wanted:,}" if num_wanted < total else ""
    pace = f"{rate:g} request{'' if rate == 1 else 's'} a second"
    time = f": some {_duration(num_wanted / rate)} at {pace}" if rate and num_wanted else ""
    return f"{name} lists {total:,} work{'' if total == 1 else 's'}{part}{time}"


def _duration(seconds: float) -> str:
    minutes = max(math.ceil(seconds / 60), 1)
    hours, rest = divmod(minutes, 60)
    if hours >= 72:
        return f"{hours / 24:.0f} days"
    return f"{hours} h {rest} min" if hours else f"{minutes} min"
