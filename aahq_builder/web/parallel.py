"""Several items at once in daemon threads, so that an interrupt need not wait for them."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from aahq_builder.errors import ItemError
from aahq_builder.web.failures import unexpected

T = TypeVar("T")
A = TypeVar("A")


def side_by_side(function: Callable[[A], T], items: Sequence[A], num_threads: int) -> list[T | ItemError]:
    """`[function(item) for item in items]`, with the error in the place of an item that has failed."""
    results: list[T | ItemError | None] = [None] * len(items)
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(items)):
        waiting.put(index)

    def work() -> None:
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                results[index] = function(items[index])
            except ItemError as error:
                results[index] = error
            except BaseException as error:  # noqa: BLE001 - a thread's end: whatever comes costs this item only
                results[index] = unexpected(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(num_threads, len(items)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return cast(list[T | ItemError], results)
