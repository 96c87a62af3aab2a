"""What deciding which picture comes next costs at 200, 2,000 and 20,000 hosts: CPU time of the crawl's main thread.

The crawl is the real one with its journal, scheduler, breakers and outcomes; only the requests are left out: a visit
ends at once with a 404. The main thread's time per picture must not grow with the number of hosts.
Run: python -m benchmarks.many_hosts
"""

import json
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from aahq_builder.build import open_build
from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.crawl.loop import open_crawl
from aahq_builder.crawl.outcomes import Failed, Outcome
from aahq_builder.errors import ErrorKind
from aahq_builder.records import Artwork
from aahq_builder.rights.rules import Rules
from aahq_builder.sources.urls import Urls
from aahq_builder.web.waiting import Visit
from blendgan.console import Console

HOSTS = (200, 2_000, 20_000)
PICTURES = 40_000


def rows(num_hosts: int) -> Iterable[Artwork]:
    """Pictures that wait, dealt out to the hosts in turn."""
    for number in range(PICTURES):
        host = f"host{number % num_hosts}.example:443"
        url = f"https://{host}/{number}.png"
        yield Artwork(
            artwork_id=f"urls-{number}", source="urls", policy="open", image_url=url, host=host, license="CC0-1.0"
        )


def dead_link(artwork: Artwork, twin: Artwork | None) -> Visit[Outcome]:
    """A visit without its request."""
    yield from ()
    return Failed(artwork, ErrorKind.HTTP_404, "status 404", [])


def microseconds_per_picture(folder: Path, num_hosts: int) -> float:
    """CPU time of the deciding thread, from the first picture to the last."""
    list_ = folder / "list.csv"
    list_.write_text("url,license\n")
    config = CrawlConfig(
        sources=("urls",), path=list_, work=folder / f"work-{num_hosts}", rate=0.0, contact="me@example.org"
    )
    with open_build(config, Console(verbosity=-1), create=True) as build:
        with build.journal.transaction():
            build.journal.insert(rows(num_hosts))
        crawl = open_crawl(config, build, Rules(), [Urls(list_)])
        crawl.downloader.visit = dead_link  # type: ignore[method-assign]
        began = time.thread_time()
        crawl.run()
        assert build.counts == {"failed": PICTURES}, build.counts
        return (time.thread_time() - began) / PICTURES * 1e6


def main() -> None:
    """Measure and print."""
    assert threading.current_thread() is threading.main_thread()
    with tempfile.TemporaryDirectory() as folder:
        costs = {}
        for num_hosts in HOSTS:
            costs[num_hosts] = microseconds_per_picture(Path(folder), num_hosts)
            print(f"{num_hosts} hosts: {costs[num_hosts]:.0f} us of the deciding thread per picture")
    ratio = costs[HOSTS[-1]] / costs[HOSTS[0]]
    compared = f"deciding thread's CPU time per picture, {HOSTS[-1]} hosts against {HOSTS[0]}"
    print(
        json.dumps({"ratio": round(ratio, 2), "compared": compared, **{f"us_{n}": round(c) for n, c in costs.items()}})
    )


if __name__ == "__main__":
    main()
