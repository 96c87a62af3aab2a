"""A time limit on whole requests: a server that drips one byte a second must not hold a thread for hours.

Socket timeouts bound each silence, not the sum. Whatever is overdue gets its connections shut down from outside.
"""

import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

LOOKS_EVERY_S = 0.2

Sockets = weakref.WeakSet[socket.socket]


@dataclass
class _Request:
    deadline: float
    sockets: Sockets
    is_overdue: bool = False


@dataclass
class Watchdog:
    """Knows the running request and the open connections of every thread."""

    running: dict[int, _Request] = field(default_factory=dict)
    sockets: dict[int, Sockets] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None

    def opened(self, connected: socket.socket) -> None:
        """Note a connection of the calling thread."""
        with self.lock:
            self.sockets.setdefault(threading.get_ident(), weakref.WeakSet()).add(connected)

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Let the calling thread's request take so long; `TimeoutError` if it was cut off."""
        me = threading.get_ident()
        with self.lock:
            mine = self.sockets.setdefault(me, weakref.WeakSet())
            request = self.running[me] = _Request(time.monotonic() + seconds, mine)
            if self.thread is None:
                self.thread = threading.Thread(target=self._watch, daemon=True, name="watchdog")
                self.thread.start()
        try:
            yield
        finally:
            with self.lock:
                self.running.pop(me, None)
            if request.is_overdue:  # also without an error: cut off between two headers, an answer looks whole
                raise TimeoutError(f"not answered within {seconds:g} s")

    def _watch(self) -> None:
        """Until no request is running; the next one begins another thread."""
        while True:
            time.sleep(LOOKS_EVERY_S)
            with self.lock:
                if not self.running:
                    self.thread = None
                    return
                for request in self.running.values():
                    if time.monotonic() > request.deadline:
                        request.is_overdue = True
                        _shut(request.sockets)


def _shut(sockets: Sockets) -> None:
    for each in list(sockets):
        with suppress(OSError):  # closed in the same moment by its owner
            each.shutdown(socket.SHUT_RDWR)
