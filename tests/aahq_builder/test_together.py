"""Every command at once on one folder: each ends well or says in one sentence why not, and the rows agree."""

import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from aahq_builder.workdir import WorkDir
from tests.aahq_builder.conftest import build_command, environment
from tests.aahq_builder.gallery_pictures import write_gallery
from tests.drawn_build import make_build, portraits

WITHOUT_OWNER = """
SELECT count(*) FROM faces WHERE artwork_id NOT IN (SELECT artwork_id FROM artworks WHERE status = 'fetched')
UNION ALL SELECT count(*) FROM scores WHERE face_id NOT IN (SELECT face_id FROM faces)
UNION ALL SELECT count(*) FROM fingerprints WHERE face_id NOT IN (SELECT face_id FROM faces)
UNION ALL SELECT count(*) FROM removals
UNION ALL SELECT count(*) FROM runs WHERE ended IS NULL
"""


@pytest.mark.campaign  # test_pairs.py has the pairs
def test_all_commands_at_once_end_well_and_leave_rows_that_agree(tmp_path: Path) -> None:
    work, mine = tmp_path / "work", tmp_path / "mine"
    make_build(work, [replace(portrait, artist=f"Artist {portrait.number % 3}") for portrait in portraits(9)])
    with sqlite3.connect(WorkDir(work).database) as database:
        database.execute("DELETE FROM scores")  # drawn ones, which no stage has written
    database.close()
    write_gallery(mine, 3)
    commands = [
        ("crawl", "folder", "--path", mine),
        ("align", "--size", "64", "--workers", "1", "--limit", "3"),
        ("filter", "--report", "--workers", "1"),
        ("filter", "--workers", "1"),
        ("publish",),
        ("publish", "--to", tmp_path / "release"),
        ("takedown", "artist:Artist 1"),
        ("refresh", "--timeout-s", "0.2", "--retry-pause-s", "0.01", "--limit", "2"),
        ("status",),
        ("table", "faces", "--format", "csv"),
        ("status", "--json"),
    ]
    running = [
        subprocess.Popen(
            build_command(*words, "--work", work),
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    said = [process.communicate(timeout=600)[1] for process in running]
    for words, process, sentence in zip(commands, running, said, strict=True):
        assert process.returncode == 0, (words, sentence)
    with sqlite3.connect(WorkDir(work).database) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert {count for (count,) in database.execute(WITHOUT_OWNER)} == {0}
        assert database.execute("SELECT count(*) FROM artworks WHERE status = 'removed'").fetchone() == (3,)
        assert database.execute("SELECT count(*) FROM artworks WHERE source = 'folder'").fetchone() == (3,)
    database.close()
