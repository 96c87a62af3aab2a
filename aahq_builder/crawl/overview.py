"""`aahq-build sources`: what each source holds, under which licence, at which rate, and whether it works today."""

from aahq_builder.crawl.config import SourcesConfig
from aahq_builder.sources.table import BY_DEFAULT, FACTS, RATE_POLICIES
from blendgan.console import Console


def run(config: SourcesConfig, console: Console) -> None:
    """Print a line for each source."""
    width = max(map(len, FACTS))
    for name, facts in FACTS.items():
        rate, mark = RATE_POLICIES[name].rate, "*" if name in BY_DEFAULT else " "
        since = f" ({facts.known})" if facts.known else ""
        console.result(
            f"{mark} {name:<{width}}  {rate_in_words(rate):<5}  {facts.holds}; {facts.license}: {facts.state}{since}",
            source=name,
            holds=facts.holds,
            license=facts.license,
            requests_per_s=rate,
            state=facts.state,
            known=facts.known,
            by_default=name in BY_DEFAULT,
        )
    if not console.json:
        console.info(
            "* crawled when no source is named; requests a second and host; in brackets: since when that is known"
        )


def rate_in_words(rate: float) -> str:
    """`0.5/s`; a source without a network has none."""
    return f"{rate:g}/s" if rate else "-"
