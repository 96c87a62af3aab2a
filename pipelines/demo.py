"""The whole system on real portraits, in the order a researcher would use it: `make demo`.

Portraits are served by a local test server and crawled over HTTP, aligned and filtered; a small BlendGAN is trained on
what was kept, its style encoder maps them by style, and it draws and is judged. Every step is one of the project's own
commands, so all of them resume.
"""

import contextlib
import shlex
import sys
from collections.abc import Iterator
from itertools import chain

from blendgan.command import Command, run
from blendgan.console import Console
from pipelines.commands import announce, call, call_side_by_side, note_commands
from pipelines.demo_config import DemoConfig
from pipelines.demo_learning import copy_references, forget_another_split, judge, show_commands, train_commands
from pipelines.local_museum.portraits import have_apt
from pipelines.report import write_report

CONTACT = "demo@localhost"
INTRODUCTION = (
    "Pictures were crawled over HTTP from {where}, faces aligned as in FFHQ, filtered and mapped by style. "
    "There are no photographs here and few artists. So a BlendGAN of the smallest size took the kept portraits for its "
    "faces, and for its artworks the same portraits as ten filters draw them, in folders that name the style. This "
    "shows what BlendGAN is about, at 32 px; it is not what a full training reaches."
)


def demo(config: DemoConfig, console: Console) -> None:
    """Run every step and write `report.html`; a rerun resumes each of them."""
    if config.dry_run:
        learning = chain(*chain(*train_commands(config), show_commands(config)))
        announce((*build_commands(config, "URL"), *learning), console)
        return
    with serve(config, console) as url:
        crawl, *commands = build_commands(config, url)
        done = [call(crawl, console, needs_all=bool(url)), *(call(command, console) for command in commands)]
    forget_another_split(config)
    for lists in train_commands(config):
        done += call_side_by_side(lists, console)
    copy_references(config)
    done += call_side_by_side(show_commands(config), console)
    judge(config, console)
    note_commands(config.work / "commands.json", done)
    where = "a local server" if url else "museums' open collections"
    report = write_report(config.out, INTRODUCTION.format(where=where))
    console.result(f"open {report} in a browser", report=str(report))


@contextlib.contextmanager
def serve(config: DemoConfig, console: Console) -> Iterator[str]:
    """Serve the pictures while the block runs, and give the URL of their listing; '' where there are none to serve."""
    if config.images is None and not have_apt():
        console.info("no apt-get here: crawling the museums' open collections instead of Wesnoth's portraits")
        yield ""
        return
    config.museum.prepare(console)
    with config.museum.serve() as url:
        yield url


def build_commands(config: DemoConfig, url: str) -> list[str]:
    """From the listing to the kept faces, published as pictures."""
    work = shlex.quote(str(config.work))
    listing = f"html --url {url} --rate 0" if url else "--limit 400"
    return [
        f"aahq-build crawl {listing} --contact {CONTACT} --work {work}",
        f"aahq-build align --size {config.size} --work {work}",
        f"aahq-build filter --work {work}",
        f"aahq-build publish --to {shlex.quote(str(config.faces))} --content pixels --format imagefolder --work {work}",
    ]


COMMAND = Command(
    config="pipelines.demo_config:DemoConfig",
    stage="pipelines.demo:demo",
    summary="Crawl, align, filter, map, publish, train and generate on real portraits.",
    example="python -m pipelines.demo --images my-portraits --gan-steps 2000",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.demo", COMMAND, sys.argv[1:]))
