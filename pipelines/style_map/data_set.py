"""The data set as a folder of pictures: a folder is taken as it is, a published set is unpacked once."""

import shutil
from pathlib import Path

from aahq_builder.workdir import write_atomic
from blendgan.console import Console
from blendgan.data.manifest import Manifest
from blendgan.data.metadata import METADATA, Facts
from blendgan.data.published import ORIGIN, kind_of, numbered, pictures_of
from blendgan.training.engine.inputs import manifest_of
from pipelines.face_facts import write_facts


def open_data_set(source: Path, place: Path, console: Console) -> Path:
    """`source`, or the folder `place` with its pictures and what is known of the rights of each.

    What was unpacked from other files is removed first; a run that was killed begins anew.
    """
    if kind_of(source) == "folder":
        return source
    sha256 = str(manifest_of(source, Manifest(), console).facts()["sha256"])
    origin = place / ORIGIN
    if not origin.exists() or origin.read_text(encoding="utf-8") != sha256:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        known: dict[str, Facts] = {}
        for name, content, facts in numbered(pictures_of(source)):
            (place / name).write_bytes(content)
            known[name] = facts
        write_facts(place / METADATA, known)
        write_atomic(origin, sha256.encode())
    return place
