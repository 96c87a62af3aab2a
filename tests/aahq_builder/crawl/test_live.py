"""What a running crawl shows."""

import json

from aahq_builder.crawl.live import LiveView
from aahq_builder.errors import ADVICE, ErrorKind
from blendgan.console import Console, Progress


def test_advice_comes_once_when_one_kind_dominates(capsys) -> None:  # type: ignore[no-untyped-def]
    live = LiveView(Console(json=True), Progress(None, "artwork", 0, quiet=True))
    for number in range(60):
        live.finished("example.org:80", ErrorKind.HTTP_404 if number % 4 else None, in_flight=3)
    live.observed(left=100, retries=0)
    said = capsys.readouterr().err
    assert said.count(ADVICE[ErrorKind.HTTP_404]) == 1
    facts = live.facts(in_flight=3)
    assert (facts["done"], facts["left"], facts["errors"]) == (60, 100, {"http_404": 45})
    json.dumps(facts)
