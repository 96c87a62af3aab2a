"""Site files are looked up in the journal by other threads than its own."""

import threading
from pathlib import Path

from aahq_builder.journal import Journal
from aahq_builder.records import SiteFile
from aahq_builder.web.kept_files import kept_files

URL = "http://example.org/robots.txt"


def file(read_at: str) -> SiteFile:
    return SiteFile(url=URL, status=200, body="Disallow: /", read_at=read_at)


def test_files_since_a_time_are_found_from_any_thread_and_older_ones_are_not(tmp_path: Path) -> None:
    with Journal(tmp_path / "a ?work" / "aahq.sqlite") as journal:
        kept = kept_files(journal, since="2026-01-02T00:00:00+00:00")
        found: list[SiteFile | None] = [kept(URL)]
        for read_at in ("2026-01-01T23:59:59+00:00", "2026-01-02T00:00:00+00:00"):
            journal.insert([file(read_at)], "REPLACE")
            thread = threading.Thread(target=lambda: found.append(kept(URL)))
            thread.start()
            thread.join()
    assert found == [None, None, file("2026-01-02T00:00:00+00:00")]
