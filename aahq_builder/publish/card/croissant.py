"""Croissant 1.1 (MLCommons 2025): the files, columns and duties of a release, for programs that know no card of ours.

mlcroissant reads the rows by it, from a release on disk or once it is downloaded: addresses of files are relative.
"""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from aahq_builder.publish.card.citation import HUB, bibtex
from aahq_builder.publish.card.columns import COLUMNS
from aahq_builder.publish.card.facts import CardFacts
from aahq_builder.publish.card.summary import MOST_LINES, license_lines
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.inventory import Inventory
from blendgan.markdown import plain

CROISSANT = "croissant.json"
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
} | {
    word: f"cr:{word}"
    for word in (
        *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject"),
        *("fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5"),
        *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
        *("separator", "source", "subField", "transform"),
    )
}
"""As mlcroissant wants it."""
CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
MEDIA_TYPES = {
    ".parquet": "application/x-parquet",
    ".jsonl": "application/jsonlines",
    ".json": "application/json",
    ".csv": "text/csv",
    ".zip": "application/zip",
    ".tar": "application/x-tar",
}
IMAGE = "the aligned face, PNG"
METADATA = "metadata.jsonl"
RESPONSIBLE = {
    "rai:dataCollection": "Crawled from the sources that the card names, after their licence fields, robots.txt and "
    "opt-out marks.",
    "rai:personalSensitiveInformation": "Faces of portraits; names of artists and of some sitters. Nothing is inferred "
    "about people.",
    "rai:dataBiases": "Uneven by source, century, artist and style; the card gives the shares. People are not "
    "represented evenly.",
    "rai:dataReleaseMaintenancePlan": "Works that are taken down leave the next version and stay out.",
}
"""The vocabulary of Croissant for responsible use."""
INTEGERS = ("width", "height")
ARRAYS = {"quad": "4,2", "landmarks": "-1,2"} | dict.fromkeys(
    ("eye_left", "eye_right", "mouth_left", "mouth_right"), "2"
)
FLOATS = ("face_px", "pad_fraction", "confidence")


def croissant(facts: CardFacts, config: PublishConfig, inventory: Inventory, hashes: Mapping[str, str]) -> str:
    """The text of `croissant.json`; `hashes` are the SHA-256 of the release's data files by their POSIX paths."""
    files = {
        PurePosixPath(name): sha256 for name, sha256 in hashes.items() if PurePosixPath(name).suffix in MEDIA_TYPES
    }
    tables = sorted({path.parent for path in files if path.suffix == ".parquet"})
    lists = sorted(path for path in files if path.name == METADATA)
    described = _about(facts, config, inventory) | {
        "distribution": [
            *(_file_set(place.name, f"{place}/*.parquet", MEDIA_TYPES[".parquet"]) for place in tables),
            *(_file_set(f"{path.parent}-pictures", f"{path.parent}/*/*.png", "image/png") for path in lists),
            *(_file_object(str(path), sha256) for path, sha256 in sorted(files.items())),
        ],
        # archives are described as files only, and so are lists: readers of JSON lines guess what is a date or number
        "recordSet": [
            *(_record_set(f"{place.name}-rows", {"fileSet": {"@id": place.name}}) for place in tables),
            *(_picture_set(f"{path.parent}-pictures") for path in lists),
        ],
    }
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def _about(facts: CardFacts, config: PublishConfig, inventory: Inventory) -> dict[str, Any]:
    count, identifiers = len(facts.rows), license_lines(facts.rows)[:MOST_LINES]
    about = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "name": re.sub(r"[^A-Za-z0-9 _.-]", "_", config.title),
        "description": f"{count} artistic faces aligned like FFHQ, with the source, licence and evidence of each.",
        "license": [line.facts.url or plain(line.identifier) for line in identifiers],
        "keywords": ["art", "faces", "portraits"],
        "citeAs": bibtex(config, count, facts.collected),
        "rai:machineAnnotationTools": [plain(line.name) for line in facts.models[:MOST_LINES]],
    }
    if facts.collected:
        about |= {"datePublished": facts.collected[1], "rai:dataCollectionTimeframe": list(facts.collected)}
    if inventory.version:
        about["version"] = inventory.version
    if config.repo_id:
        about["url"] = f"{HUB}/{config.repo_id}"
    return about | RESPONSIBLE


def _file_object(name: str, sha256: str) -> dict[str, Any]:
    kind = MEDIA_TYPES[PurePosixPath(name).suffix]
    file = {"@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": name}
    return file | {"encodingFormat": kind, "sha256": sha256}


def _file_set(name: str, pattern: str, kind: str) -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": name, "name": name, "includes": pattern, "encodingFormat": kind}


def _record_set(name: str, source: Mapping[str, Any]) -> dict[str, Any]:
    fields = [_field(name, column, words, source) for column, words in COLUMNS.items()]
    if name == "pixels-rows":
        extract = {"extract": {"column": "image"}, "transform": {"jsonPath": "bytes"}}
        image = {"@type": "cr:Field", "@id": f"{name}/image", "name": "image", "dataType": "sc:ImageObject"}
        fields.insert(0, image | {"description": IMAGE, "source": {**source, **extract}})
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "key": {"@id": f"{name}/face_id"}, "field": fields}


def _picture_set(name: str) -> dict[str, Any]:
    """The pictures of an image folder, each with its `face_id`, by which `metadata.jsonl` tells the rest."""
    properties: dict[str, dict[str, Any]] = {
        "image": {"extract": {"fileProperty": "content"}},
        "face_id": {"extract": {"fileProperty": "filename"}, "transform": {"regex": r"^(.+)\.png$"}},
    }
    fields = [
        {"@type": "cr:Field", "@id": f"{name}-rows/{column}", "name": column, "dataType": kind}
        | {"description": words, "source": {"fileSet": {"@id": name}, **properties[column]}}
        for column, kind, words in (
            ("image", "sc:ImageObject", IMAGE),
            ("face_id", "sc:Text", COLUMNS["face_id"]),
        )
    ]
    return {"@type": "cr:RecordSet", "@id": f"{name}-rows", "name": f"{name}-rows", "field": fields}


def _field(record_set: str, column: str, words: str, source: Mapping[str, Any]) -> dict[str, Any]:
    field = {
        "@type": "cr:Field",
        "@id": f"{record_set}/{column}",
        "name": column,
        "description": words,
        "dataType": "sc:Integer" if column in INTEGERS else "sc:Float" if column in (*FLOATS, *ARRAYS) else "sc:Text",
        "source": {**source, "extract": {"column": column}},
    }
    return field | ({"isArray": True, "arrayShape": ARRAYS[column]} if column in ARRAYS else {})
