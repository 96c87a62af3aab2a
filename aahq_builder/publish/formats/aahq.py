"""`AAHQ-dataset.json`: the schema of the original AAHQ, which its authors' scripts and `aahq-build rebuild` read.

`{aligned name: {"image_url", "raw_name", "landmarks": {"eye_left", "eye_right", "mouth_left", "mouth_right"}, …}}`,
in pixels of the upright picture. The original states no rights; ours follow these keys, where its readers do not look.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.rows import ReleaseRow
from aahq_builder.publish.splits import TRAIN

POINTS = ("eye_left", "eye_right", "mouth_left", "mouth_right")
STATED = (
    "page_url", "title", "artist", "attribution", "license", "license_url", "sha256", "pixel_sha256",
    "crop_pixel_sha256",
)  # fmt: skip
URL_PARTS = 5
MAX_NAME = 200


def file_name(split: str) -> str:
    """`AAHQ-dataset.json`, the name that readers know, holds what is trained on; other splits are named in theirs."""
    return "AAHQ-dataset.json" if split == TRAIN else f"AAHQ-dataset-{split}.json"


def write(files: ReleaseFiles, rows: Sequence[ReleaseRow]) -> None:
    """One list per split, an entry a line."""
    for split in sorted({row.split for row in rows} | {TRAIN}):
        with files.create_text(file_name(split)) as file:
            names: dict[str, str] = {}
            separator = "{\n"
            for row in rows:
                if row.split == split:
                    file.write(separator + json.dumps(f"{row.face_id}.png") + ": ")
                    file.write(json.dumps(entry(dict(row.facts), names), ensure_ascii=False))
                    separator = ",\n"
            file.write("\n}\n" if separator != "{\n" else "{}\n")


def entry(facts: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """What the list says of a face; `names` remembers whose picture each file name is."""
    official = {
        "image_url": facts["image_url"],
        "raw_name": raw_name(facts["image_url"], names),
        "landmarks": {name: facts[name] for name in POINTS},
    }
    return official | {name: facts[name] for name in STATED if facts[name] is not None}


def raw_name(url: str, names: dict[str, str]) -> str:
    """The name under which the original's scripts keep a picture: the last five parts of its address, joined by `_`.

    Where two addresses would share a name, or it would be longer than file systems like, it begins with a hash.
    """
    name = "_".join(url.split("/")[3:][-URL_PARTS:])
    if len(name.encode()) > MAX_NAME or names.setdefault(name, url) != url:
        end = name.encode()[-MAX_NAME // 2 :].decode(errors="ignore")
        return f"{hashlib.sha256(url.encode()).hexdigest()[:16]}_{end}"
    return name
