"""Preferences about AI training in every vocabulary that sites use."""

import pytest

from aahq_builder.rights.usage import in_ai_txt, in_robots, training_denied, usage_denied


@pytest.mark.parametrize(
    ("text", "denies"),
    [
        ("train-ai=n", True),
        ("Train-AI = N", True),
        ("search=y, train-ai=n", True),
        ("train-ai=?0", True),
        ('train-ai="no"', True),
        ("train-genai=n", True),
        ("train-genai=n, train-ai=y", True),
        ("ai-train=no", True),
        ("ai=n", True),
        ("genai=n;exp=1", True),
        ("bots=n", True),
        ("tdm=n", True),
        ("all=n", True),
        ("bots=n, train-ai=y", False),
        ("train-ai=y, search=n", False),
        ("search=n", False),
        ("train-ai=y", False),
        ("train-ai", False),
        ("train-ai=maybe", False),
        ("no-train-ai=n", False),
        ("", False),
    ],
)
def test_usage_is_denied_by_the_name_of_training_or_by_a_wider_use(text: str, denies: bool) -> None:
    assert usage_denied(text) is denies


def test_only_unmistakable_names_count_outside_of_their_own_fields() -> None:
    assert training_denied("noindex, ai-train=no")
    assert not training_denied("bots=n, telephone=no")
    assert not training_denied("https://example.org/portrait?size=2&ai=n")


@pytest.mark.parametrize(
    ("robots", "path", "line"),
    [
        ("User-agent: *\nContent-Usage: train-ai=n", "/a", "Content-Usage: train-ai=n"),
        ("content-signal:ai-train=no,search=yes", "/a", "content-signal:ai-train=no,search=yes"),
        ("User-agent: *\nContent-Usage: /art/ train-ai=n", "/art/1.png", "Content-Usage: /art/ train-ai=n"),
        ("User-agent: *\nContent-Usage: /art/ train-ai=n", "/blog/1.png", None),
        ("User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /free/ train-ai=y", "/free/1.png", None),
        ("Content-Usage: train-ai=y\nContent-Usage: *.png$ train-ai=n", "/1.png", "Content-Usage: *.png$ train-ai=n"),
        ("User-agent: *\nDisallowAITraining: /", "/a", "DisallowAITraining: /"),
        ("User-agent: *\nDisallowAITraining: /\nAllowAITraining: /free/", "/free/1.png", None),
        ("User-agent: *\nDisallowAITraining: /\nAllowAITraining: /free/", "/a", "DisallowAITraining: /"),
        ("User-agent: *\nDisallow-AI-Training:", "/a", "Disallow-AI-Training:"),
        ("DisallowAITraining", "/a", "DisallowAITraining"),
        ("User-agent: b\nDisallowAITraining: /\n\nUser-agent: *\nAllowAITraining: /", "/a", "DisallowAITraining: /"),
        ("User-agent: *\nDisallowAITraining: /caf%C3%A9/", "/café/1.png", "DisallowAITraining: /caf%C3%A9/"),
        ("# Content-Usage: train-ai=n", "/a", None),
        ("User-agent: *\nDisallow: /train-ai=n", "/a", None),
        ("", "/a", None),
    ],
)  # fmt: skip
def test_the_longest_pattern_of_a_group_decides_and_any_group_may_deny(
    robots: str, path: str, line: str | None
) -> None:
    assert in_robots(robots, path) == line


EVERYTHING = "User-Agent: *\nDisallow: *.txt\nDisallow: *.jpg\nDisallow: *.c\nDisallow: /\nDisallow: *\n"
TEXT_ONLY = "User-Agent: *\nDisallow: *.txt\nDisallow: *.c\nDisallow: *.ht\nAllow: *.jpg\nAllow: *.png\n"
PHOTOS = "# comment: Disallow: /\nuser-agent: SomeBot\ndisallow: .JPG # photographs\ndisallow:\n"


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        (EVERYTHING, "/art/a.jpg", "Disallow: *.jpg"),
        (EVERYTHING, "/art/a.png", "Disallow: /"),
        (EVERYTHING, "/", "Disallow: *.jpg"),
        (TEXT_ONLY, "/art/a.jpg", None),
        (TEXT_ONLY, "/art.c/a.cover.png?download=a.txt", None),
        (TEXT_ONLY, "/index.html", None),
        (TEXT_ONLY, "/iiif/12/full", None),
        (PHOTOS, "/a.jpg?width=10", "disallow: .JPG # photographs"),
        (PHOTOS, "/A.JPG", "disallow: .JPG # photographs"),
        (PHOTOS, "/a.png", None),
        (PHOTOS, "/iiif/12/full", "disallow: .JPG # photographs"),
        ("User-Agent: *\nDisallow: /\nAllow: /free/\n", "/free/a.png", None),
        ("User-Agent: *\nAllow: /\nUser-Agent: SomeBot\nDisallow: /\n", "/a.png", "Disallow: /"),
        ("Disallow: art/", "/art/a.png", "Disallow: art/"),
        ("", "/a.png", None),
        ("<!doctype html><p>User-Agent: * Disallow: /</p>", "/a.png", None),
        ("---\nversion: 1\n---\n# About this site\n", "/a.png", None),
    ],
)
def test_an_ai_txt_refuses_paths_and_types(text: str, path: str, line: str | None) -> None:
    assert in_ai_txt(text, path) == line
