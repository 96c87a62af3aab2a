"""Reading the listings: one thread per source, which waits until each page is committed before it goes on."""

import queue
import threading
from dataclasses import dataclass

from aahq_builder.errors import ItemError
from aahq_builder.records import Json
from aahq_builder.sources.base import Page, Source, Web


@dataclass(frozen=True)
class Listed:
    """A page that a listing thread has read, or the listing's end."""

    source: Source
    page: Page | None
    """None at the end."""
    error: ItemError | None = None
    """Why the listing has stopped before its end."""
    committed: "queue.SimpleQueue[bool] | None" = None
    """Put True here to get the next page, False to stop."""


def read_listing(source: Source, web: Web, cursor: Json | None, events: "queue.SimpleQueue[object]") -> None:
    """Start a daemon thread that puts the pages of a listing into `events`."""

    def read() -> None:
        answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
        try:
            for page in source.pages(web, cursor):
                events.put(Listed(source, page, committed=answer))
                if not answer.get():
                    return
        except ItemError as error:
            events.put(Listed(source, None, error))
        else:
            events.put(Listed(source, None))

    threading.Thread(target=read, daemon=True, name=f"listing {source.name}").start()
