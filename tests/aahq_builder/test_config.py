"""Settings that cannot be worked with: one plain sentence before any work, by every command alike."""

from pathlib import Path

import pytest

from aahq_builder.cli import ABOUT, COMMANDS
from blendgan.command import main

BAD = [
    ("crawl met --limit 0", "--limit is 0; give a positive number"),
    ("crawl met --workers 0", "--workers is 0; give a positive number"),
    ("crawl met --rate -1", "--rate is -1.0; give 0 or a positive number"),
    ("crawl met --rate nan", "--rate is nan; give 0 or a positive number"),
    ("crawl met --timeout-s inf", "--timeout-s is inf; give a positive number"),
    ("crawl met --max-mb 0", "--max-mb is 0.0; give a positive number"),
    ("crawl met aic --endpoint http://127.0.0.1:9", "--endpoint goes with exactly one source"),
    ("crawl html", "html needs --url, the first listing page"),
    ("crawl folder --path none", "folder needs --path, a folder of pictures; none is none"),
    ("crawl met --policy research", "--policy research needs --i-have-a-legal-basis; see docs/rights.md"),
    (
        "rebuild none.json",
        "none.json does not exist; give a published list, a release's folder, or ORG/NAME on the Hub",
    ),
    ("rebuild . --size 100", "--size is 100; give a power of two from 16 to 1024"),
    ("refresh --retry-pause-s -1", "--retry-pause-s is -1.0; give 0 or a positive number"),
    ("takedown Doe --limit -3", "--limit is -3; give a positive number"),
    ("align --size 2048", "--size is 2048; give a power of two from 16 to 1024"),
    ("align --margin 1.5", "--margin is 1.5; give a share of the side from -0.25 to 1"),
    ("align --address auto", "--address auto needs --engine ray"),
    ("filter --max-padding 1.5", "--max-padding is 1.5; give a number from 0 to 1"),
    ("filter --min-face-px 31", "--min-face-px is 31.0; give 32 or more, since smaller faces are not cropped"),
    ("filter --max-yaw nan", "--max-yaw is nan; give 0 or a positive number"),
    ("review --port 65536", "--port is 65536; give 0 to 65535"),
    ("review --reviewer=", "--reviewer is empty; give a name"),
    ("tsne --perplexity 0", "--perplexity is 0.0; give 1 or more (5 to 50 is usual)"),
    ("tsne --seed -1", "--seed is -1; give 0 to 2^32 - 1"),
    ("diff none release", "none is no folder; give that of a release, or ORG/NAME@REVISION on the Hub"),
    ("publish --repo-id mine", "--repo-id is 'mine'; give ORG/NAME"),
    ("audit --workers 0", "--workers is 0; give a positive number"),
    ("status --limit 0", "--limit is 0; give a positive number"),
    ("table faces --limit 0", "--limit is 0; give a positive number"),
    ("testserver --path . --fault-every 0", "--fault-every is 0; give a positive number"),
    ("testserver --path none", "--path none is no folder; give one with pictures"),
]


@pytest.mark.parametrize(("words", "sentence"), BAD, ids=[words for words, _ in BAD])
def test_a_bad_setting_is_one_sentence_and_stops_before_any_work(
    words: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command, *others = words.split()
    assert main("aahq-build", COMMANDS, ABOUT, [command, *others]) == 1
    assert capsys.readouterr().err == f"aahq-build {command}: {sentence}\n"
    assert list(tmp_path.iterdir()) == []


def test_every_command_is_among_them() -> None:
    nothing_to_set = {"sources"}
    assert {words.split()[0] for words, _ in BAD} == set(COMMANDS) - nothing_to_set
