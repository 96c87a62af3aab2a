"""`align` in several processes: the same rows and files whatever their number, and whichever of them is killed."""

import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.aahq_builder.align.builds import align_here, assert_same, encoded, make_build
from tests.drawn_faces import draw_portrait


def kill_at_random_moments(work: Path, kills: int, workers: int, seed: int) -> None:
    """Start `align` and kill it, again and again, when it has written one face or a few; then finish the work."""
    moments = random.Random(seed)
    words = [sys.executable, "-m", "aahq_builder", "align", "--work", str(work), "--size", "64", "-q"]
    words += ["--workers", str(workers)]
    for _ in range(kills):
        enough = num_crops(work) + moments.randint(0, 2)
        with subprocess.Popen(words, start_new_session=True, stdout=subprocess.DEVNULL) as run:
            while run.poll() is None and num_crops(work) <= enough:
                time.sleep(0.01)
            run.kill()
    assert align_here(work) == 0


def num_crops(work: Path) -> int:
    return len(list((work / "faces").glob("folder-*.png")))


def assert_kills_lose_nothing(folder: Path, pictures: int, kills: int, workers: int) -> None:
    originals = [encoded(draw_portrait(seed)) for seed in range(pictures)]
    make_build(folder / "killed", originals)
    make_build(folder / "undisturbed", originals)
    kill_at_random_moments(folder / "killed", kills, workers, seed=pictures)
    assert align_here(folder / "undisturbed") == 0
    assert_same(folder / "killed", folder / "undisturbed")


@pytest.mark.slow
def test_two_workers_that_are_killed_find_and_write_what_is_found_without_any(tmp_path: Path) -> None:
    originals = [encoded(draw_portrait(seed)) for seed in range(8)] + [b"not a picture"]
    for name in ("killed", "undisturbed"):
        make_build(tmp_path / name, originals)
    words = [sys.executable, "-m", "aahq_builder", "align", "--work", str(tmp_path / "killed"), "--size", "64"]
    with subprocess.Popen([*words, "--workers", "2", "-q"], stdout=subprocess.DEVNULL) as run:
        for num_faces in (1, 4):
            while num_crops(tmp_path / "killed") < num_faces:
                time.sleep(0.02)
            kill_a_worker(run.pid)
        assert run.wait(timeout=300) == 0
    assert align_here(tmp_path / "undisturbed") == 0
    assert_same(tmp_path / "killed", tmp_path / "undisturbed")


def kill_a_worker(parent: int) -> None:
    workers = [child for child in psutil.Process(parent).children() if "spawn_main" in " ".join(child.cmdline())]
    workers[0].kill()


@pytest.mark.slow
def test_two_kills_lose_nothing(tmp_path: Path) -> None:
    assert_kills_lose_nothing(tmp_path, pictures=6, kills=2, workers=1)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    assert_kills_lose_nothing(tmp_path, pictures=120, kills=50, workers=2)
