"""Whose picture it is: from a CSV, from an ARTISTS file, or from the flags."""

from pathlib import Path

from aahq_builder.testserver.credits import WESNOTH_ARTISTS, WESNOTH_LICENSE, read_credits

ARTISTS = """Portrait Credits:

Current:

Kitty/Kathrin Polikeit:
Elves:
    Fighter
    Archer male and female
Human Mages:
    Red Mage male and female
Others:
    Gryphon

LordBob/Emilien Rotival:
Human Loyalists:
    Spearman

bera/Bora Orcal and Kitty/Kathrin Polikeit:
    Goblin Spearman

Outdated versions:

Jason Lutes:
Humans:
    Horseman
"""
DRAWN_BY = {
    "elves/fighter.png": "Kitty/Kathrin Polikeit",
    "elves/archer+female.png": "Kitty/Kathrin Polikeit",
    "humans/mage-red+female.png": "Kitty/Kathrin Polikeit",
    "humans/spearman-2.png": "LordBob/Emilien Rotival",
    "goblins/spearman.png": "bera/Bora Orcal and Kitty/Kathrin Polikeit",
    "monsters/gryphon.png": WESNOTH_ARTISTS,  # its group says no more than 'others'
    "humans/horseman.png": WESNOTH_ARTISTS,  # that entry is of an outdated version
    "undead/fighter.png": WESNOTH_ARTISTS,  # another fighter than the elves'
}


def test_an_artists_file_credits_each_portrait_or_all_artists_together(tmp_path: Path) -> None:
    (tmp_path / "ARTISTS").write_text(ARTISTS)
    files = [tmp_path / name for name in DRAWN_BY]
    found = read_credits(tmp_path, files, artist="", license="")
    assert {path.relative_to(tmp_path).as_posix(): credit.artist for path, credit in found.items()} == DRAWN_BY
    assert {credit.license for credit in found.values()} == {WESNOTH_LICENSE}
    assert found[tmp_path / "humans/mage-red+female.png"].title == "humans: mage red female"


def test_a_csv_wins_and_flags_fill_the_gaps(tmp_path: Path) -> None:
    (tmp_path / "credits.csv").write_text("file,title,artist,license,date\na.png,A,Jane,CC-BY-4.0,1890\n")
    found = read_credits(tmp_path, [tmp_path / "a.png", tmp_path / "b.png"], artist="Me", license="CC0-1.0")
    first, second = found.values()
    assert (first.title, first.artist, first.license, first.date) == ("A", "Jane", "CC-BY-4.0", "1890")
    assert (second.artist, second.license) == ("Me", "CC0-1.0")
