"""Under which rights the pictures stand that a model has learned from, in this run and in the runs it builds on."""

from collections import Counter
from collections.abc import Mapping
from typing import Any


def rights_of_run(description: Mapping[str, Any]) -> dict[str, int]:
    """Pictures by their rights and licence ('open CC0-1.0'), from what `RUN/config.json` says.

    These are the run's own, those of the models that it starts from, and those that were exchanged in mid-run. The same
    pictures may be behind several of them, so the largest number of each right counts.
    """
    total: Counter[str] = Counter()
    for stood_on in (description, *description.get("changes", [])):
        own: Counter[str] = Counter()
        for counts in stood_on["data"].values():
            own.update(counts)
        total |= own
        for facts in stood_on["inputs"].values():
            total |= Counter(facts.get("rights", {}))
    return dict(sorted(total.items()))
