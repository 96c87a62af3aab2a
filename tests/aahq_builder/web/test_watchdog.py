"""A server that drips is cut off after the time of the whole request."""

import socket
import threading
import time

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.web.fetch import Fetcher, HttpRequest, Limits
from aahq_builder.web.url_safety import AddressGuard
from aahq_builder.web.watchdog import Watchdog


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "], ids=["body", "headers"])
def test_an_answer_that_drips_ends_with_its_time(head: bytes) -> None:
    """Each silence is short; the sum is what counts."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(head)
                for _ in range(200):
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        return
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(ItemError) as caught:
            Fetcher(AddressGuard.allowing(url), "tests", Limits(read_s=5.0, total_s=0.5)).ask(HttpRequest(url))
        assert caught.value.kind is ErrorKind.TIMEOUT
        assert time.monotonic() - began < 10


def test_what_ends_in_time_is_left_alone() -> None:
    watchdog = Watchdog()
    with watchdog.limit(30.0):
        assert len(watchdog.running) == 1
    assert watchdog.running == {}


def test_work_that_was_overdue_is_an_error_even_if_it_ended_well() -> None:
    watchdog = Watchdog()
    with pytest.raises(TimeoutError), watchdog.limit(0.05):
        time.sleep(0.6)


def test_no_thread_watches_where_nothing_runs_and_the_next_request_is_watched_again() -> None:
    watchdog = Watchdog()
    for _ in range(2):
        with watchdog.limit(30.0):
            watching = watchdog.thread
            assert watching is not None and watching.is_alive()
        watching.join(30.0)
        assert not watching.is_alive()
        assert watchdog.thread is None
