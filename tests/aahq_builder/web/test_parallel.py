"""Items side by side: each has its result or its error, in order."""

import threading

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.web.parallel import side_by_side


def test_results_and_errors_stand_in_the_places_of_their_items() -> None:
    def half(number: int) -> float:
        if number == 3:
            raise ItemError(ErrorKind.DECODE, "three")
        return 6 / number

    results = side_by_side(half, [1, 0, 2, 3], num_threads=2)
    assert [results[0], results[2]] == [6.0, 3.0]
    assert isinstance(results[1], ItemError)
    assert results[1].kind is ErrorKind.WORKER_CRASH
    assert "ZeroDivisionError" in results[1].detail
    assert "test_parallel.py" in results[1].detail
    assert isinstance(results[3], ItemError)
    assert results[3].detail == "three"


def test_no_more_threads_than_asked_for_work_at_a_time() -> None:
    most, now, lock = 0, 0, threading.Lock()
    release = threading.Event()

    def work(number: int) -> None:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
            if now == 3:
                release.set()
        release.wait(10)
        with lock:
            now -= 1

    side_by_side(work, range(9), num_threads=3)
    assert most == 3
