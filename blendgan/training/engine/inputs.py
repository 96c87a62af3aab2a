"""What a run stands on: its data sets and the models it starts from, known by their contents and not by their place.

`RUN/config.json` records them under `inputs`. A folder that was moved is the same data; other pictures under the same
names, or a model trained anew at the same path, are not. Such a change is refused in one sentence, or accepted with
`--data-changed`: then what there was before stays on record under `changes`, with the step at which it ended.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from blendgan.checkpoints.store import CONFIG, network_home, read_config
from blendgan.console import Console
from blendgan.data import manifest
from blendgan.data.folder import picture_files
from blendgan.data.manifest import Manifest
from blendgan.data.published import HUB, as_folder, from_hub, kind_of, parquet_files
from blendgan.errors import UserError

Facts = dict[str, Any]
"""Of one input, as JSON: always `sha256`, and what a person may want to read beside it."""


@dataclass(frozen=True)
class Sources:
    """Where the inputs of a command lie, each under the name of its flag; what was not given is None."""

    pictures: Mapping[str, Path]
    networks: Mapping[str, tuple[Path | None, tuple[str, ...]]] = field(default_factory=dict)
    """Model folders, with the names of the networks in them that the stage may read."""
    files: Mapping[str, Path | Literal["random"] | None] = field(default_factory=dict)
    """Single files: a picture, weights of others, or the word for seeded random ones in their place."""


@dataclass(frozen=True)
class Inputs:
    """What was found there."""

    facts: Mapping[str, Facts]
    manifests: Mapping[str, Manifest]
    """Of the sets of pictures, so that an unchanged file is hashed once."""

    def save(self, out: Path) -> None:
        """Keep the manifests for the next call."""
        for name, files in self.manifests.items():
            manifest.save(files, manifest_path(out, name))


def manifest_path(out: Path, name: str) -> Path:
    """Where the run in `out` keeps the manifest of the data set `name`."""
    return out / "data" / f"{name}.manifest.json"


def identify(sources: Sources, out: Path, console: Console) -> Inputs:
    """Look at every input; files whose size and times are those of an earlier call for `out` are not read again."""
    manifests = {
        name: manifest_of(source, manifest.load(manifest_path(out, name)), console)
        for name, source in sources.pictures.items()
    }
    facts = {name: files.facts() for name, files in manifests.items()}
    for name, (model, networks) in sources.networks.items():
        if model is not None:
            facts[name] = facts_of_model(model, networks)
    for name, path in sources.files.items():
        if path is not None:
            facts[name] = facts_of_file(path)
    return Inputs(facts, manifests)


def manifest_of(source: Path, known: Manifest, console: Console) -> Manifest:
    """The files of a folder of pictures, a picture, a zip or a Parquet release, also on the Hub."""
    root = from_hub(source) if str(source).startswith(HUB) else source
    files = [root] if root.is_file() else parquet_files(root) or picture_files(root)
    with console.progress(len(files), "file") as progress:
        return manifest.take(root, files, known, progress.advance)


def unpacked_once(name: str, source: Path, files: Manifest, out: Path, console: Console) -> tuple[Path, Manifest]:
    """The folder with the pictures of a set, and its files: those of the set itself, or what it was unpacked into.

    `files` are those of `source`; what is unpacked lies below `out`.
    """
    if kind_of(source) == "folder":
        return source, files
    root = as_folder(source, out / "data" / name, str(files.facts()["sha256"]))
    listed = manifest_path(out, f"{name}.unpacked")
    unpacked = manifest_of(root, manifest.load(listed), console)
    manifest.save(unpacked, listed)
    return root, unpacked


def facts_of_model(model: Path, networks: Sequence[str]) -> Facts:
    """The hash of the weights of each of `networks` that `model` has, and the rights of the pictures behind them."""
    homes = {name: network_home(model, name) for name in networks}
    there = [name for name, home in homes.items() if (home / CONFIG).is_file()]
    # where none is there, the first one's error says so
    configs = {name: read_config(homes[name]) for name in there or networks[:1]}
    hashes = {name: str(config.get("weights_sha256")) for name, config in configs.items()}
    rights: Counter[str] = Counter()
    for config in configs.values():
        rights |= rights_in(config)
    return {"networks": hashes, "sha256": joined(sorted(hashes.items())), "rights": dict(rights)}


def rights_in(config: Mapping[str, Any]) -> Counter[str]:
    """How many pictures stand under which rights behind a network, as far as its `config.json` says."""
    noted = config.get("rights")
    counts = noted.items() if isinstance(noted, dict) else ()
    return Counter({str(kind): count for kind, count in counts if isinstance(count, int)})


def facts_of_file(path: Path | Literal["random"]) -> Facts:
    """The hash of one file."""
    if path == "random":
        return {"weights": path, "sha256": path}
    if not path.is_file():
        raise UserError(f"{path} is not a file; name one that exists")
    (entry,) = manifest.take(path, [path], Manifest()).entries
    return {"file": path.name, "sha256": entry.sha256}


def changed(before: Mapping[str, Facts], now: Mapping[str, Facts]) -> list[str]:
    """Names of the inputs that are others than before, that have come, or that have gone."""
    return [
        name
        for name in sorted(before.keys() | now.keys())
        if before.get(name, {}).get("sha256") != now.get(name, {}).get("sha256")
    ]


def refusal(out: Path, name: str, before: Mapping[str, Facts], now: Mapping[str, Facts]) -> str:
    """One sentence on an input that has changed, and what can be done."""
    former, present = said(before.get(name)), said(now.get(name))
    return (
        f"{out} was begun with another {flag_of(name)} ({former}) than there is now ({present}); "
        "bring the former back, add --data-changed to go on with this one, or give another --out"
    )


def flag_of(name: str) -> str:
    """What an input is called in sentences."""
    return "VGG-19 backbone" if name == "backbone" else f"--{name.replace('_', '-')}"


def said(facts: Facts | None) -> str:
    """Facts in a few words."""
    if facts is None:
        return "none"
    if "weights" in facts:
        return f"{facts['weights']} weights"
    size = f"{facts['files']:,} files, {facts['bytes']:,} bytes, " if "files" in facts else ""
    return f"{size}hash {facts['sha256'][:8]}"


def digest(facts: Mapping[str, Facts]) -> str:
    """One hash over all inputs of a run."""
    return joined(sorted((name, some["sha256"]) for name, some in facts.items()))


def joined(parts: object) -> str:
    """One hash over values with a definite text."""
    return hashlib.sha256(repr(parts).encode(errors="surrogateescape")).hexdigest()
