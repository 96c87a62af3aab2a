"""People's words stay where they put them, ours are written anew, whatever either say."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from aahq_builder.publish.hub.card_merge import merge

FIRST = """---
license: other
tags:
- art
configs:
- config_name: urls
---

# Portraits

9 faces.

## Use

```python
# not a heading
## neither
```

## Licences

All CC0.
"""
SECOND = FIRST.replace("9 faces", "12 faces").replace("- config_name: urls", "- config_name: pixels")


def front(card: str) -> dict[str, object]:
    found = yaml.safe_load(card.split("---\n")[1])
    assert isinstance(found, dict)
    return found


def test_a_card_that_nobody_touched_is_the_new_card() -> None:
    published = merge(FIRST, "")
    assert merge(SECOND, published) == merge(SECOND, "")
    assert "12 faces" in merge(SECOND, published) and "9 faces" not in merge(SECOND, published)


def test_merging_twice_changes_nothing() -> None:
    edited = merge(FIRST, "").replace("## Licences", "## Thanks\n\nTo the museum.\n\n## Licences")
    once = merge(SECOND, edited)
    assert merge(SECOND, once) == once
    assert merge(once, once) == once


def test_words_stay_between_the_sections_where_they_were_put() -> None:
    published = merge(FIRST, "")
    marks = published.split("<!-- end of")
    edited = published.replace(marks[0], "Read this first.\n\n" + marks[0], 1)
    edited = edited.replace(
        "<!-- aahq-build writes this section anew: licences",
        "## Thanks\n\nTo the museum.\n\n<!-- aahq-build writes this section anew: licences",
    )
    edited = edited.rstrip("\n") + "\n\n## Errata\n\nFace 3 is a cat.\n"
    card = merge(SECOND, edited)
    order = ["12 faces", "neither", "To the museum.", "All CC0.", "Face 3 is a cat."]
    places = [card.index(words) for words in order]
    assert places == sorted(places)
    assert card.count("To the museum.") == card.count("Face 3 is a cat.") == 1


def test_words_inside_of_a_section_of_ours_are_written_anew() -> None:
    assert "Mine" not in merge(SECOND, merge(FIRST, "").replace("9 faces.", "9 faces. Mine"))


def test_words_behind_a_section_that_is_no_more_move_to_the_end() -> None:
    edited = merge(FIRST, "").replace("## Licences", "## Licences").rstrip("\n") + "\nAbout the licences.\n"
    shorter = SECOND.partition("## Licences")[0]
    card = merge(shorter, edited)
    assert "All CC0" not in card
    assert card.rstrip().endswith("About the licences.")


def test_a_card_written_by_hand_keeps_what_we_do_not_write() -> None:
    by_hand = "# Portraits\n\nSoon here.\n\n## Who we are\n\nA small museum.\n"
    card = merge(FIRST, by_hand)
    assert "A small museum." in card and "Soon here." not in card and "9 faces." in card


def test_peoples_keys_and_tags_stay_and_ours_are_the_new_ones() -> None:
    edited = merge(FIRST, "").replace("tags:\n- art\n", "tags:\n- art\n- anime\nlanguage: en\nviewer: false\n")
    merged = front(merge(SECOND, edited))
    assert merged["tags"] == ["art", "anime"]
    assert merged["language"] == "en"
    assert merged["configs"] == [{"config_name": "pixels"}]
    assert "viewer" not in merged, "it is ours to say"


def test_a_broken_head_costs_only_peoples_keys() -> None:
    edited = merge(FIRST, "").replace("license: other", "license: [other")
    assert front(merge(SECOND, edited)) == front(SECOND)


def test_names_are_blotted_out_of_what_people_wrote() -> None:
    edited = merge(FIRST, "").rstrip("\n") + "\nCover by Jane Doe.\n"
    card = merge(SECOND, edited, lambda text: text.replace("Jane Doe", "[removed]"))
    assert "Cover by [removed]." in card and "Jane" not in card


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))))
def test_no_words_break_a_card(lines: list[str]) -> None:
    card = merge(SECOND, merge(FIRST, "") + "\n".join(lines))
    assert front(card) == front(SECOND)
    assert "12 faces." in card and "All CC0." in card
    assert merge(SECOND, card) == card
