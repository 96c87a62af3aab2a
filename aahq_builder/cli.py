"""The command `aahq-build`: a table of sub-commands. Help comes from `config.py`, heavy imports wait for the stage."""

import sys

from blendgan.command import Command
from blendgan.command import main as run_program

COMMANDS = {
    "crawl": Command(
        config="aahq_builder.crawl.config:CrawlConfig",
        stage="aahq_builder.crawl.stage:run",
        summary="Find artworks, check their rights, download their pictures.",
        example="aahq-build crawl --limit 200 --contact me@example.org",
    ),
    "sources": Command(
        config="aahq_builder.crawl.config:SourcesConfig",
        stage="aahq_builder.crawl.overview:run",
        summary="List the sources: what each holds, its rate, whether it works today.",
        example="aahq-build sources --json",
    ),
    "rebuild": Command(
        config="aahq_builder.rebuild.config:RebuildConfig",
        stage="aahq_builder.rebuild.stage:run",
        summary="Rebuild a published list: fetch, verify, align with its own landmarks.",
        example="aahq-build rebuild AAHQ-dataset.json --i-have-a-legal-basis --contact me@example.org",
    ),
    "audit": Command(
        config="aahq_builder.rights.config:AuditConfig",
        stage="aahq_builder.rights.audit:run",
        summary="Print the evidence on which the rights of artworks rest.",
        example="aahq-build audit 'Vincent van Gogh'",
    ),
    "refresh": Command(
        config="aahq_builder.removal.config:RefreshConfig",
        stage="aahq_builder.removal.refresh:run",
        summary="Look again at every artwork's rights and remove what was withdrawn.",
        example="aahq-build refresh --contact me@example.org",
    ),
    "takedown": Command(
        config="aahq_builder.removal.config:TakedownConfig",
        stage="aahq_builder.removal.takedown:run",
        summary="Remove an artist, page, hash or face from every table, file, map and release.",
        example="aahq-build takedown 'artist:Jane Doe' --reason 'asked by mail on 2026-01-31'",
    ),
    "align": Command(
        config="aahq_builder.align.config:AlignConfig",
        stage="aahq_builder.align.stage:run",
        summary="Find faces in fetched artworks and cut them out as FFHQ does.",
        example="aahq-build align --size 1024",
    ),
    "filter": Command(
        config="aahq_builder.filter.config:FilterConfig",
        stage="aahq_builder.filter.stage:run",
        summary="Score faces, find duplicates, and keep or reject by a table of rules.",
        example="aahq-build filter --min-face-px 256",
    ),
    "review": Command(
        config="aahq_builder.review.config:ReviewConfig",
        stage="aahq_builder.review.stage:run",
        summary="Review faces in a local web page: keep, reject, repair landmarks.",
        example="aahq-build review --open",
    ),
    "tsne": Command(
        config="aahq_builder.tsne.config:TsneConfig",
        stage="aahq_builder.tsne.stage:run",
        summary="Map the kept faces by style: map.parquet, map.html, map.png.",
        example="aahq-build tsne --style-encoder runs/style/final",
    ),
    "publish": Command(
        config="aahq_builder.publish.config:PublishConfig",
        stage="aahq_builder.publish.stage:run",
        summary="Write a release: rows, rights and a card; pixels where the licence allows.",
        example="aahq-build publish --to release --content urls",
    ),
    "diff": Command(
        config="aahq_builder.publish.config:DiffConfig",
        stage="aahq_builder.publish.diff:run",
        summary="Say how two releases differ: rows added, removed, changed, moved to another split.",
        example="aahq-build diff release-1.0 me/portraits@main",
    ),
    "status": Command(
        config="aahq_builder.status:StatusConfig",
        stage="aahq_builder.status:run",
        summary="Count the rows of a build, stage by stage.",
        example="aahq-build status --work aahq-work --json",
    ),
    "table": Command(
        config="aahq_builder.tables:TableConfig",
        stage="aahq_builder.tables:run",
        summary="Print a table of a build.",
        example="aahq-build table faces --format jsonl",
    ),
    "testserver": Command(
        config="aahq_builder.testserver.config:TestserverConfig",
        stage="aahq_builder.testserver.server:run",
        summary="Serve a folder of pictures as portrait sites do, to try a crawl offline.",
        example="aahq-build testserver --path portraits --license CC0-1.0 --port 8765",
    ),
}

ABOUT = "Build artistic-face datasets: crawl, align, filter, review, map and publish portraits."


def main() -> None:
    """Entry point of `aahq-build`."""
    sys.exit(run_program("aahq-build", COMMANDS, ABOUT))
