"""How to cite a release: BibTeX without a clock, the year being that of its latest picture."""

import re

from aahq_builder.publish.config import PublishConfig

HUB = "https://huggingface.co/datasets"


def bibtex(config: PublishConfig, rows: int, collected: tuple[str, str] | None) -> str:
    """One entry; `collected` are the first and last day (ISO 8601) on which pictures were fetched."""
    title = " ".join(re.sub(r"[{}\\`$%#&~^_]", " ", config.title).split())
    year = collected[1][:4] if collected else ""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "faces"
    lines = [f"title = {{{title}}}"]
    lines += [f"year = {{{year}}}"] if year else []
    lines += [f"howpublished = {{\\url{{{HUB}/{config.repo_id}}}}}"] if config.repo_id else []
    lines += [f"note = {{{rows} aligned faces; every row keeps the licence and credit of its artwork}}"]
    return "@misc{" + ",\n  ".join([f"{slug}-{year}".strip("-"), *lines]) + "\n}"
