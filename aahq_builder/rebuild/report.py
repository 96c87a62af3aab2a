"""`rebuild-report.json`: for every entry of a list that could not be rebuilt, its name, its address and why."""

import json
from collections import Counter
from functools import partial

from aahq_builder.build import Build
from aahq_builder.errors import ErrorKind
from aahq_builder.rebuild.published_list import PublishedList, UnusableEntryError, face_ids
from aahq_builder.records import Artwork
from aahq_builder.sources.found import artwork_id
from aahq_builder.workdir import write_atomic

REPORT = "rebuild-report.json"


def write_report(build: Build, published: PublishedList) -> None:
    """Count every entry of the list under its outcome, and write down those that are missing."""
    content = json.dumps(_outcomes(build, published), indent=1, ensure_ascii=False) + "\n"
    write_atomic(build.workdir.root / REPORT, content.encode())


def _outcomes(build: Build, published: PublishedList) -> dict[str, object]:
    """Every entry has one outcome: rebuilt, or missing for a cause."""
    columns = ("artwork_id", "source", "status", "error", "error_detail", "align_version")
    listed = "source = 'rebuild' OR status = 'removed'"
    known = {row.artwork_id: row for row in build.journal.select(Artwork, listed, columns=columns)}
    made = {str(row[0]) for row in build.journal.execute("SELECT face_id FROM faces WHERE artwork_id LIKE 'rebuild-%'")}
    missing: list[dict[str, object]] = []
    causes: Counter[str] = Counter()
    numbered = iter(face_ids(published.faces(), partial(artwork_id, "rebuild")))
    for name, entry in published.entries():
        if isinstance(entry, UnusableEntryError):
            cause, url, detail = "unusable_entry", None, str(entry)
        else:
            face_id, face = next(numbered)
            row = known.get(face_id.rpartition("-")[0])
            url, cause, detail = face.image_url, _cause(row, face_id in made), (row and row.error_detail) or ""
        causes[cause] += 1
        if cause != "rebuilt":
            missing.append({"name": name, "image_url": url, "cause": cause, "detail": detail})
    build.counts.update(causes)
    return {
        "list": published.path.name,
        "entries": causes.total(),
        "causes": dict(causes.most_common()),
        "missing": missing,
    }


def _cause(row: Artwork | None, is_made: bool) -> str:
    if is_made:
        return "rebuilt"
    if row is None or row.status == "found":
        return "not_fetched_yet"
    if row.status == "removed":
        return "removed"
    return row.error or ("unusable_entry" if row.align_version else str(ErrorKind.WORKER_CRASH))
