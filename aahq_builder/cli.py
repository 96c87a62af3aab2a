"""The command `aahq-build`: a table of sub-commands. Help comes from `config.py`, heavy imports wait for the stage."""

import sys

from blendgan.command import Command
from blendgan.command import main as run_program

COMMANDS = {
    "crawl": Command(
        config="aahq_builder.config:CrawlConfig",
        stage="aahq_builder.crawl.stage:run",
        summary="Find artworks, check their rights, download their pictures.",
        example="aahq-build crawl met --limit 200 --contact me@example.org",
    ),
    "status": Command(
        config="aahq_builder.config:StatusConfig",
        stage="aahq_builder.status:run",
        summary="Count the rows of a build, stage by stage.",
        example="aahq-build status --work aahq-work --json",
    ),
    "table": Command(
        config="aahq_builder.config:TableConfig",
        stage="aahq_builder.tables:run",
        summary="Print a table of a build.",
        example="aahq-build table faces --format jsonl",
    ),
    "testserver": Command(
        config="aahq_builder.config:TestserverConfig",
        stage="aahq_builder.testserver.server:run",
        summary="Serve a folder of pictures as portrait sites do, to try a crawl offline.",
        example="aahq-build testserver --path portraits --license CC0-1.0 --port 8765",
    ),
}

ABOUT = "Build artistic-face datasets: crawl, align, filter, review, map and publish portraits."


def main() -> None:
    """Entry point of `aahq-build`."""
    sys.exit(run_program("aahq-build", COMMANDS, ABOUT))
