"""Breakers of many hosts: one request probes, the others wait, and a person is told once."""

from aahq_builder.errors import ErrorKind
from aahq_builder.web.breaker import FAILURES_TO_OPEN, PROBES
from aahq_builder.web.hosts import Hosts


def opened(said: list[str]) -> Hosts:
    hosts = Hosts(60.0, said.append)
    for _ in range(FAILURES_TO_OPEN):
        assert hosts.enter("a:80", 0.0)
        hosts.finished("a:80", ErrorKind.TIMEOUT, 0.0)
    return hosts


def test_one_request_probes_an_open_breaker_and_no_other_enters() -> None:
    hosts = opened([])
    assert not hosts.enter("a:80", 59.0)
    assert hosts.enter("a:80", 60.0)
    assert not hosts.enter("a:80", 60.0)
    assert hosts.enter("b:80", 60.0)
    hosts.finished("a:80", None, 61.0)
    assert hosts.enter("a:80", 61.0)
    assert hosts.enter("a:80", 61.0)


def test_each_opening_is_said_once_with_its_cause_and_pause() -> None:
    said: list[str] = []
    hosts, now = opened(said), 0.0
    for pause in (60, 120, 240)[:PROBES]:
        now += pause
        assert hosts.enter("a:80", now)
        hosts.finished("a:80", ErrorKind.TIMEOUT, now)
    assert "a:80 has failed 20 times in a row (timeout); pausing it for 60 s" in said[0]
    assert ["pausing it for 120 s" in said[1], "pausing it for 240 s" in said[2]] == [True, True]
    assert "left alone for this run" in said[3]
    assert len(said) == 4
    assert hosts.given_up("a:80")
