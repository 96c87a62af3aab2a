"""What a comparison of style maps came to: figures of every split, kept in files, and of all of them as a table."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aahq_builder.workdir import atomic_path, write_atomic
from blendgan.checkpoints.store import load_style_encoder
from blendgan.console import Console
from blendgan.evaluation.drawings import open_drawings
from pipelines.style_map.judge import NEIGHBOURS, judge
from pipelines.style_map.measures import measure
from pipelines.style_map.picture import draw_maps
from pipelines.style_map.purity import purity_by_chance
from pipelines.style_map.splits import Split

TITLES = {"codes": "trained style encoder", "gram": "Gram vectors that it reads", "colours": "colour histograms"}
SHARES = {
    "map_purity": f"of the {NEIGHBOURS} nearest on the map, same technique",
    "feature_purity": f"of the {NEIGHBOURS} nearest before t-SNE",
    "nearest": "the nearest by cosine",
    "leak": "the nearest of other techniques is the same face",
}
Facts = dict[str, Any]
Spread = Mapping[str, float] | None
"""Mean, lowest and highest over the splits; None where a share of zero was divided by."""
Table = Mapping[str, Mapping[str, Spread]]


def judged_once(split: Split, console: Console) -> Facts:
    """What the encoder of a split, and what it is compared with, make of the faces held out; kept in `figures.json`."""
    note, weights = split.place / "figures.json", split.weights
    if note.exists():
        found: Facts = json.loads(note.read_text(encoding="utf-8"))
        if found["weights"] == weights:
            return found
    console.info(f"{split.place}: laying out what is held out by {len(TITLES)} measures of style")
    drawings = open_drawings(split.held_out, split.size, at_least=2)
    pictures = drawings.read().flatten(0, 1)
    number = np.arange(len(pictures))
    styles, faces = number // len(drawings.faces), number % len(drawings.faces)
    encoder = load_style_encoder(split.encoder)
    vectors = measure(encoder, pictures, console)
    maps = {name: judge(some, styles, faces, split.seed) for name, some in vectors.items()}
    with atomic_path(split.place / "positions.npz") as temporary, temporary.open("wb") as file:
        np.savez(file, styles=styles, positions=np.stack([maps[name].positions for name in TITLES]))
    found = {
        "seed": split.seed,
        "weights": weights,
        "vgg19": encoder.config.backbone,
        "learned_from": "drawings" if split.draws else "faces",
        "techniques": list(drawings.styles),
        "faces": list(drawings.faces),
        "chance": purity_by_chance(styles),
        "shares": {name: some.shares for name, some in maps.items()},
    }
    write_atomic(note, json.dumps(found, indent=2).encode())
    return found


def picture_of(split: Split, facts: Facts) -> bytes:
    """The maps of a split side by side, PNG."""
    with np.load(split.place / "positions.npz", allow_pickle=False) as held:
        titles = [f"{title}: {facts['shares'][name]['map_purity']:.2f}" for name, title in TITLES.items()]
        maps = dict(zip(titles, held["positions"], strict=True))
        return draw_maps(maps, held["styles"], facts["techniques"], caption(facts))


def caption(facts: Facts) -> str:
    """What the picture shows."""
    source = "drawings of other faces" if facts["learned_from"] == "drawings" else "the data set's other faces"
    return (
        f"{len(facts['faces'])} faces that were not trained on in {len(facts['techniques'])} techniques, a dot each. "
        f"Numbers: how many of the {NEIGHBOURS} nearest are of the same technique (chance {facts['chance']:.2f}).\n"
        f"Learned from {source} without their labels, seed {facts['seed']}; VGG-19 has {facts['vgg19']} weights."
    )


def table_of(splits: Sequence[Facts]) -> Table:
    """Every share by every measure."""
    return {
        name: {share: spread([each["shares"][name][share] for each in splits]) for share in SHARES} for name in TITLES
    }


def ratios_of(splits: Sequence[Facts]) -> Table:
    """The trained encoder's shares over those of the others, split by split."""
    return {
        other: {share: spread([ratio(each["shares"], other, share) for each in splits]) for share in SHARES}
        for other in TITLES
        if other != "codes"
    }


def ratio(shares: Mapping[str, Mapping[str, float]], other: str, share: str) -> float | None:
    """How many times as much the trained encoder has of a share as another measure; None where that has nothing."""
    below = shares[other][share]
    return shares["codes"][share] / below if below else None


def spread(values: Sequence[float | None]) -> Spread:
    """Of some splits."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return {"mean": float(np.mean(known)), "lowest": min(known), "highest": max(known)}


def in_words(values: Spread) -> str:
    """A mean with its lowest and highest."""
    if values is None:
        return "infinitely many"
    return f"{values['mean']:.2f} ({values['lowest']:.2f}-{values['highest']:.2f})"


def markdown(table: Table, ratios: Table) -> list[str]:
    """The table for a page."""
    titled = {TITLES[name]: row for name, row in table.items()}
    titled |= {f"trained / {TITLES[name]}": row for name, row in ratios.items()}
    lines = [f"| | {' | '.join(SHARES.values())} |", f"|{'---|' * (len(SHARES) + 1)}"]
    return lines + [
        f"| {title} | {' | '.join(in_words(row[share]) for share in SHARES)} |" for title, row in titled.items()
    ]
