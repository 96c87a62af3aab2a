"""What filter has left of an artwork: scores, fingerprints, report, and thumbnails (review and tsne make some too)."""

from collections import Counter
from collections.abc import Sequence

from aahq_builder import thumbnails
from aahq_builder.build import Build
from aahq_builder.files import FolderFiles
from aahq_builder.filter.report import REPORT
from aahq_builder.forgetting import faces_of, remove_named_after, unlink
from aahq_builder.records import Fingerprint, Resemblance, Score
from aahq_builder.workdir import clear_temporary


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Delete the measures of these artworks' faces and the report, which shows faces; a rerun writes it anew."""
    root = build.workdir.root
    files = unlink(root, {REPORT}) + remove_named_after(FolderFiles(root), thumbnails.FOLDER, frozenset(artwork_ids))
    clear_temporary(root)
    journal, face_ids = build.journal, list(faces_of(build.journal, artwork_ids))
    done = Counter(files=files)
    with journal.transaction():
        done["scores"] = journal.delete(Score, "face_id", face_ids)
        done["fingerprints"] = journal.delete(Fingerprint, "face_id", face_ids)
        for column in ("first", "second"):
            done["resemblances"] += journal.delete(Resemblance, column, face_ids)
        for face_id in face_ids:
            journal.execute("UPDATE faces SET duplicate_of = NULL WHERE duplicate_of = ?", [face_id])
    return done
