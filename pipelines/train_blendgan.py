"""A release of artworks and photographs of faces to BlendGAN: style encoder, generator, inversion, fine-tuning.

`--scale small` takes minutes on a CPU and shows that all stages fit together; `--scale full` is the paper's training,
for one GPU. Every step is one of the project's own commands, so a rerun goes on.
"""

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aahq_builder.workdir import write_atomic
from blendgan.command import Command, CommonConfig, run
from blendgan.console import Console
from blendgan.data.folder import picture_files
from blendgan.data.metadata import METADATA, Facts, facts_below, withdrawn
from blendgan.data.published import kind_of, pictures_of
from blendgan.errors import UserError
from pipelines.commands import announce, call, note_commands

STAGES: Mapping[str, Mapping[str, str]] = {
    "small": {
        "style-encoder": "--preset small --steps 200",
        "gan": "--preset tiny --steps 200",
        "inversion": "--preset tiny --steps 200",
        "finetune": "--steps 40",
    },
    "full": {
        "style-encoder": "--preset paper",
        "gan": "--preset paper",
        "inversion": "--preset paper",
        "finetune": "",
    },
}
"""How each stage is trained at each scale."""


@dataclass(frozen=True, kw_only=True)
class TrainBlendganConfig(CommonConfig):
    """Settings of the recipe."""

    scale: Literal["small", "full"] = "small"
    """small: minutes on a CPU, to see that all fits together; full: the paper's settings, for a GPU."""
    artworks: Path = Path("aahq/release")
    """The artworks: a release with pixels (as pipelines.build_aahq makes one), a folder, or hf:ORG/NAME."""
    faces: Path | None = None
    """Photographs of faces, aligned as FFHQ is; the small scale can do without and takes the artworks."""
    reference: Path | None = None
    """The picture whose style the fine-tuning learns (default: the first of the artworks)."""
    init: Path | None = None
    """Model folder of a StyleGAN2 trained on the photographs, to begin from (blendgan-convert makes one)."""
    out: Path = Path("blendgan")
    """Folder of the runs."""

    def check(self) -> None:
        """What must go together."""
        super().check()
        if self.scale == "full" and self.faces is None:
            raise UserError(
                "--scale full needs --faces, photographs such as FFHQ; artworks alone teach no natural face"
            )


def train_blendgan(config: TrainBlendganConfig, console: Console) -> None:
    """Train all four stages and draw what came of them."""
    commands = train_commands(config)
    if config.dry_run:
        announce(commands, console)
        return
    if config.faces is None:
        console.info("there are no photographs here: the artworks serve as faces too, which shows the way, not quality")
    find_reference(config)
    done = [call(command, console) for command in commands]
    note_commands(config.out / "commands.json", done)
    console.result(f"the model is in {config.out / 'gan' / 'final'}", model=str(config.out / "gan" / "final"))


def train_commands(config: TrainBlendganConfig) -> list[str]:
    """From pictures to four trained stages, and a sheet of faces in styles."""
    out, artworks = shlex.quote(str(config.out)), shlex.quote(str(config.artworks))
    faces = artworks if config.faces is None else shlex.quote(str(config.faces))
    init = f" --init {shlex.quote(str(config.init))}" if config.init else ""
    how = {stage: f"blendgan-train {stage} {flags}".strip() for stage, flags in STAGES[config.scale].items()}
    reference = shlex.quote(str(reference_of(config)))
    encoder = f"--style-encoder {out}/style-encoder/final{init}"
    return [
        f"{how['style-encoder']} --artworks {artworks} --out {out}/style-encoder",
        f"{how['gan']} --faces {faces} --artworks {artworks} {encoder} --out {out}/gan",
        f"{how['inversion']} --faces {faces} --model {out}/gan/final --out {out}/inversion",
        f"{how['finetune']} --model {out}/gan/final --faces {faces} --reference {reference} --out {out}/finetune",
        f"blendgan-generate grid --model {out}/gan/final --styles {reference} --num-faces 8 --num-styles 1"
        f" --out {out}/samples",
    ]


def reference_of(config: TrainBlendganConfig) -> Path:
    """Where the picture lies whose style is learned."""
    return config.reference or config.out / "reference" / "first.png"


def find_reference(config: TrainBlendganConfig) -> None:
    """Copy the first of the artworks, with what is known of its rights, if no picture was named."""
    target = reference_of(config)
    if config.reference is not None or target.exists():
        return
    content, facts = first_artwork(config.artworks)
    line = {"file_name": target.name, **{name: facts[name] for name in ("rights", "license") if facts.get(name)}}
    write_atomic(target.with_name(METADATA), json.dumps(line).encode() + b"\n")
    write_atomic(target, content)


def first_artwork(source: Path) -> tuple[bytes, Facts]:
    """The first picture of a set that was not withdrawn, and what the set says of it."""
    if kind_of(source) == "folder":
        known = facts_below(source)
        found = ((path.read_bytes(), known.get(path, {})) for path in picture_files(source))
    else:
        found = ((content, facts) for _, content, facts in pictures_of(source) if content and not withdrawn(facts))
    first = next(found, None)
    if first is None:
        raise UserError(f"--artworks {source} holds no pictures; give a release with pixels")
    return first


COMMAND = Command(
    config="pipelines.train_blendgan:TrainBlendganConfig",
    stage="pipelines.train_blendgan:train_blendgan",
    summary="A release of artworks and photographs of faces to BlendGAN's four stages.",
    example="python -m pipelines.train_blendgan --scale full --artworks aahq/release --faces ffhq/ --out blendgan",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.train_blendgan", COMMAND, sys.argv[1:]))
