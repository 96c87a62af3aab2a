from pathlib import Path

from PIL import Image

from blendgan.data.verdicts import FileVerdict, VerdictFile, load, look

GOOD, WIDE, BAD = FileVerdict(32, 32), FileVerdict(64, 32), FileVerdict(fault="begins with <html>")


def test_a_verdict_says_what_is_against_a_size():
    assert GOOD.against(32) == GOOD.against(16) == ""
    assert GOOD.against(64) == "32x32 px is smaller than the training size of 64 px"
    assert "64x32 px is not square" in WIDE.against(16)
    assert BAD.against(16) == "cannot be read as a picture (begins with <html>)"


def test_looking_gives_the_size_and_the_pixels_or_the_fault(tmp_path: Path):
    Image.new("RGB", (6, 4), (1, 2, 3)).save(tmp_path / "a.png")
    verdict, pixels = look(tmp_path / "a.png")
    assert verdict == FileVerdict(6, 4)
    assert pixels is not None
    assert (pixels == [1, 2, 3]).all()
    (tmp_path / "b.png").write_text("<html>")
    verdict, pixels = look(tmp_path / "b.png")
    assert verdict.fault
    assert pixels is None


def test_a_file_that_cannot_be_reached_today_may_be_tomorrow(tmp_path: Path):
    verdict, _ = look(tmp_path / "gone.png")
    assert "No such file" in verdict.against(16)
    file = VerdictFile(tmp_path / "faces.jsonl")
    file.add({"aa": verdict, "bb": GOOD})
    file.close()
    assert load([tmp_path / "faces.jsonl"]) == {"bb": GOOD}


def test_a_torn_line_costs_itself_alone_and_later_ones_are_added(tmp_path: Path):
    path = tmp_path / "faces.jsonl"
    for sha256, verdict in (("aa", GOOD), ("bb", WIDE)):
        file = VerdictFile(path)
        file.add({sha256: verdict})
        file.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    file = VerdictFile(path)
    file.add({"cc": BAD})
    file.close()
    (tmp_path / "other.jsonl").write_bytes(b'\xff\n[1]\n{}\n[0, "dd", 1, 1, ""]\n')
    assert load([path, tmp_path / "other.jsonl"]) == {"aa": GOOD, "cc": BAD}
