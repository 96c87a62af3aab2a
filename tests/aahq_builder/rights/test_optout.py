"""Opt-outs count in every spelling; words about search engines do not."""

import pytest
import requests.structures
from bs4 import BeautifulSoup

from aahq_builder.rights import optout


@pytest.mark.parametrize(
    "value",
    ["noai", "NoAI", "noindex, noai", "noimageai", "noml", "img2dataset: noai", "noindex, otherbot: nofollow, noml",
     "googlebot: noindex, NOAI", "noai noimageai", "no-ai", "all;noai", "DisallowAITraining", "disallow-ai-training",
     "noindex, ai-train=no", "otherbot: train-ai=n"],
)  # fmt: skip
def test_denying_words_are_found_whoever_they_address(value: str) -> None:
    assert optout.in_directives(value)
    assert optout.in_headers(requests.structures.CaseInsensitiveDict({"x-robots-tag": value}))


@pytest.mark.parametrize(
    "value",
    ["", "noindex", "noimageindex", "all", "max-image-preview: large", "unavailable_after: 25 Jun 2030", "noaim"],
)
def test_words_about_search_engines_do_not_deny(value: str) -> None:
    assert not optout.in_directives(value)


@pytest.mark.parametrize(
    "tag",
    ["noai", "NoAI", "no ai", "no-ai", "#NoAI", "No_AI", "NO TO AI", "noml", "portrait, NoAI", "portrait;no ai",
     "portrait|NoAI", "#portrait #noai", "portrait noai", "['portrait', 'NoAI']", "ＮｏＡＩ", "no\u200bai"],
)  # fmt: skip
def test_tags_deny_in_every_spelling_and_also_joined_into_one(tag: str) -> None:
    assert optout.in_tags(["portrait", tag]) == tag


@pytest.mark.parametrize("tag", ["portrait", "casino air", "nokia", "Mona Lisa", "", "kino, air", "no aims"])
def test_other_tags_do_not(tag: str) -> None:
    assert optout.in_tags([tag]) is None


@pytest.mark.parametrize(
    ("name", "value", "denies"),
    [
        ("TDM-Reservation", "1", True),
        ("tdm-reservation", " 1 ", True),
        ("TDM-Reservation", "true", True),
        ("TDM-Reservation", "0, 1", True),
        ("TDM-Reservation", "0", False),
        ("Content-Usage", "bots=n", True),
        ("Content-Usage", "train-ai=n", True),
        ("Content-Usage", "train-ai=y, search=n", False),
        ("Content-Signal", "search=yes, ai-train=no", True),
        ("Content-Signal", "ai-train=yes", False),
    ],
)
def test_other_headers(name: str, value: str, denies: bool) -> None:
    assert bool(optout.in_headers(requests.structures.CaseInsensitiveDict({name: value}))) is denies


@pytest.mark.parametrize(
    ("head", "denies"),
    [
        ('<meta name="robots" content="noai, noimageai">', True),
        ('<META NAME="ROBOTS" CONTENT="NoIndex,NoAI">', True),
        ("<meta name=somebot content=noml>", True),
        ('<meta http-equiv="X-Robots-Tag" content="noai">', True),
        ('<meta name="tdm-reservation" content="1">', True),
        ('<meta name="TDM-Reservation" content="true">', True),
        ('<meta http-equiv="Content-Usage" content="train-ai=n">', True),
        ('<meta name="robots" content="DisallowAITraining">', True),
        ('<meta name="tdm-reservation" content="0">', False),
        ('<meta name="robots" content="noindex, nofollow">', False),
        ('<meta property="og:title" content="A portrait">', False),
        ("", False),
    ],
)
def test_meta_elements(head: str, denies: bool) -> None:
    assert bool(optout.in_page(BeautifulSoup(f"<html><head>{head}</head></html>", "lxml"))) is denies
