"""What a recipe leaves in its folder: the figure, and in a JSON file which model made it and what was measured."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aahq_builder.workdir import write_atomic
from blendgan.checkpoints.store import network_home, read_config
from blendgan.console import Console
from blendgan.inference.pictures import save_picture
from pipelines.paper.grid import Proportion
from pipelines.paper.sheet import Figure, draw_figure


def model_facts(model: Path, network: str = "generator") -> dict[str, Any]:
    """Which model it is: its folder, the step it was trained to (None where nobody noted it), and its weights."""
    note = model / "run.json"
    step = json.loads(note.read_text(encoding="utf-8")).get("step") if note.exists() else None
    weights = read_config(network_home(model, network)).get("weights_sha256", "unknown")
    return {"model": str(model), "step": step, "weights": weights}


def model_in_words(model: Path, network: str = "generator") -> str:
    """The same for a caption."""
    facts = model_facts(model, network)
    step = "step unknown" if facts["step"] is None else f"step {facts['step']:,}"
    return f"{facts['model']}, {step}, weights {facts['weights'][:8]}"


def save_figure(path: Path, figure: Figure, facts: Mapping[str, Any], console: Console) -> None:
    """Write the figure at `path`, beside it the facts as JSON, and say so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture(draw_figure(figure), path, "pipelines")
    note = {**facts, "caption": list(figure.caption)}
    write_atomic(path.with_suffix(".json"), json.dumps(note, indent=2).encode())
    console.result(f"drew {path}. {' '.join(figure.caption)}", figure=str(path), **note)


def shares_noted(shares: Iterable[Proportion]) -> dict[str, Any]:
    """Shares among the facts of a figure."""
    return {"shares": [asdict(share) for share in shares]}
