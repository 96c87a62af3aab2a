"""Aligned faces in three parts: to train on, to train a judge of styles on, and to hold out.

A model is judged by what it does with faces and drawings that it never saw, by an encoder that never saw them either
and did not condition the model. So faces are divided before anything is drawn or trained:

    python -m pipelines.split_faces FACES split --seed 0
    python -m pipelines.draw_portraits split/train drawn/train          (and judge, and held-out)
"""

import hashlib
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from blendgan.command import Command, CommonConfig, run
from blendgan.config import Seed, Share
from blendgan.console import Console
from blendgan.data.folder import picture_files
from blendgan.data.metadata import METADATA, facts_below
from blendgan.errors import UserError
from pipelines.face_facts import names_of, write_facts

PARTS = ("train", "judge", "held-out")


@dataclass(frozen=True, kw_only=True)
class SplitFacesConfig(CommonConfig):
    """Settings of a split."""

    faces: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FACES")]
    """Folder of aligned faces."""
    out: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT")]
    """Folder to make, with copies of the faces in `train`, `judge` and `held-out`."""
    judge_share: Share = 0.2
    """Share of the faces whose drawings train the judge."""
    held_out_share: Share = 0.15
    """Share of the faces that nothing is trained on."""
    seed: Seed = 0
    """Another seed is another split."""

    def check(self) -> None:
        """Each share is one, and together they leave something."""
        super().check()
        if self.judge_share + self.held_out_share >= 1:
            both = f"{self.judge_share} and {self.held_out_share}"
            raise UserError(f"--judge-share and --held-out-share are {both}; leave some to train on")

    @property
    def shares(self) -> dict[str, float]:
        """The share of each part, as the errors name them."""
        rest = 1 - self.judge_share - self.held_out_share
        return dict(zip(PARTS, (rest, self.judge_share, self.held_out_share), strict=True))


def split(names: Sequence[str], shares: Mapping[str, float], seed: int) -> dict[str, list[str]]:
    """`names` in parts of these shares, which sum to 1; the order of `names` does not matter.

    Names are ranked by a hash, so that one more or one less moves at most one other name over each border.
    """
    ranked = sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode(errors="surrogateescape")).digest())
    parts, begin, share = {}, 0, 0.0
    for part, own in shares.items():
        share += own
        end = round(share * len(ranked))
        parts[part] = sorted(ranked[begin:end])
        begin = end
    return parts


def split_faces(config: SplitFacesConfig, console: Console) -> None:
    """Copy every face into its part. What lies there already must be the same split."""
    faces = names_of(config.faces, picture_files(config.faces))
    parts = split(sorted(faces), config.shares, config.seed)
    for part, names in parts.items():
        if not names:
            raise UserError(f"{len(faces)} faces leave none for {part}; give more faces or other shares")
    counts = {part: len(names) for part, names in parts.items()}
    if config.dry_run:
        console.result(said(counts), **counts)
        return
    wanted = {Path(part, faces[name].name): faces[name] for part, names in parts.items() for name in names}
    if config.out.exists():
        check_same(config.out, wanted)
    else:
        copy(config.faces, wanted, config.out)
    console.result(f"{said(counts)}, in {config.out}", **counts)


def said(counts: Mapping[str, int]) -> str:
    """The size of every part in words."""
    return ", ".join(f"{count} {part}" for part, count in counts.items())


def check_same(out: Path, wanted: Mapping[Path, Path]) -> None:
    """A face in two parts would spoil every judgement, so an earlier split is never mixed with another."""
    if {path.relative_to(out) for path in picture_files(out)} != set(wanted):
        raise UserError(f"{out} holds another split; remove it, or give another folder")


def copy(source: Path, wanted: Mapping[Path, Path], out: Path) -> None:
    """Copy the files with what is known of them, and show the folder when it is whole."""
    unfinished = out.with_name(f"{out.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    facts = facts_below(source)
    for target, path in wanted.items():
        (unfinished / target.parent).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, unfinished / target)
    for part in PARTS:
        known = {target.name: facts.get(path, {}) for target, path in wanted.items() if target.parts[0] == part}
        write_facts(unfinished / part / METADATA, known)
    unfinished.replace(out)


COMMAND = Command(
    config="pipelines.split_faces:SplitFacesConfig",
    stage="pipelines.split_faces:split_faces",
    summary="Divide aligned faces into those to train on, to train a judge on, and to hold out.",
    example="python -m pipelines.split_faces demo/work/faces-release split",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.split_faces", COMMAND, sys.argv[1:]))
