"""Figures 2 and 3 of the supplementary material (section C): photographs in random styles, and in those of references.

    python -m pipelines.stylize_photos --scale small
    python -m pipelines.stylize_photos --scale full --photographs holiday --model models/blendgan
        --faces ffhq --artworks paintings

Photographs are aligned as in FFHQ, an inversion encoder (pSp) is trained for the model and finds the face's latents,
and these are painted in styles. Photographs are read upright by their EXIF orientation, in sRGB by their colour profile
and without their metadata: neither the aligned faces nor the figures carry camera, place, time or thumbnail.
"""

import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

import aahq_builder
from aahq_builder.filter.config import FilterConfig
from blendgan.command import Command, run
from blendgan.config import Count
from blendgan.console import Console
from blendgan.data.pixels import resize
from blendgan.errors import UserError
from blendgan.evaluation.jury import LIKENESSES
from blendgan.inference.config import GridConfig
from blendgan.inference.session import NamedLatent, Session
from blendgan.metrics.faces import faces_kept
from pipelines.commands import announce, call
from pipelines.paper.config import PaperConfig
from pipelines.paper.grid import LARGEST, Proportion, faces_found, grid_figure, in_a_sentence, paint
from pipelines.paper.photographs import collect_photographs, slug
from pipelines.paper.record import model_facts, model_in_words, save_figure, shares_noted

SMALL, SMALL_STEPS = "--preset tiny --w-norm 0.001", 500
"""Of the inversion encoder: a minute and a half of one CPU core. Near the mean face pictures are less blurred."""


@dataclass(frozen=True, kw_only=True)
class StylizePhotosConfig(PaperConfig):
    """Flags of `pipelines.stylize_photos`."""

    photographs: Path | None = None
    """Folder of photographs (default at the small scale: raw portraits of the demo that its model never saw, and an
    astronaut)."""
    faces: Path | None = None
    """Square photographs that the inversion encoder learns from (default at the small scale: the demo's, those held out
    excluded)."""
    inversion: Path | None = None
    """Folder with an inversion encoder for the model, instead of training one."""
    artworks: Path | None = None
    """Folder of references (default at the small scale: a drawing in each of the demo's styles)."""
    inversion_steps: Count | None = None
    """Steps of the inversion encoder (default: the preset's; 500 at the small scale)."""
    num_styles: Count = 6
    """Styles of each figure."""
    out: Path = Path("figures/photographs")
    """Folder for photographs, aligned faces, the encoder and the figures."""

    @property
    def build(self) -> Path:
        """The work folder in which photographs are aligned."""
        return self.out / "build"

    @property
    def aligned(self) -> Path:
        """The faces of the photographs."""
        return self.out / "aligned"

    @property
    def pictures(self) -> Path:
        """Where the photographs lie."""
        return self.photographs or self.out / "photographs"

    @property
    def encoder(self) -> Path:
        """The inversion encoder."""
        return self.inversion or self.out / "inversion" / "final"


def stylize_photos(config: StylizePhotosConfig, console: Console) -> None:
    """Align, invert and draw both figures; a rerun goes on where the last one stopped."""
    if config.photographs is None and not config.is_small:
        raise UserError("--scale full needs --photographs; --scale small takes portraits of the demo")
    artworks, commands = config.given(config.artworks, "references", "--artworks"), commands_of(config)
    if config.dry_run:
        announce(commands, console)
        console.result(f"then figure-2.png and figure-3.png into {config.out}, references from {artworks}")
        return
    if config.photographs is None and not config.pictures.exists():
        collect_photographs(config.work, config.pictures, console)
    for command in commands:
        call(command, console)
    copy_sure_faces(config.build, config.aligned)
    for styles in (None, artworks):
        draw(config, styles, console)


def commands_of(config: StylizePhotosConfig) -> list[str]:
    """From photographs to aligned faces and an encoder that finds their latents."""
    build, model = shlex.quote(str(config.build)), shlex.quote(str(config.model_folder))
    size = 256 if config.is_small else 1024
    commands = [
        f"aahq-build crawl folder --path {shlex.quote(str(config.pictures))} --work {build}",
        f"aahq-build align --size {size} --work {build}",
    ]
    if config.inversion is None:
        faces = shlex.quote(str(config.given(config.faces, "split/train", "--faces")))
        steps = config.inversion_steps or (SMALL_STEPS if config.is_small else None)
        words = [SMALL if config.is_small else "--preset paper", *([f"--steps {steps}"] if steps else [])]
        commands.append(
            f"blendgan-train inversion {' '.join(words)} --faces {faces} --model {model} --seed {config.seed}"
            f" --out {shlex.quote(str(config.out / 'inversion'))}"
        )
    return commands


def draw(config: StylizePhotosConfig, styles: Path | None, console: Console) -> None:
    """Figure 2 where no styles are given, else figure 3."""
    model = config.model_folder
    wanted = GridConfig(
        model=model,
        inversion=config.encoder,
        faces=config.aligned,
        styles=styles,
        out=config.out,
        seed=config.seed,
    )
    session = Session(wanted, console)
    faces, chosen = session.some(session.faces()), session.some(session.styles(config.num_styles))
    painted = paint(session, faces, chosen)
    photographs = pictures_of(session, faces)
    references = None if styles is None else list(pictures_of(session, chosen))
    shares = [*reconstructions_found(painted.natural, photographs), *faces_found(painted)]
    layers = session.settings.num_layers
    inverted, mean = ((images - photographs).square().mean() for images in (painted.natural, mean_face(session)))
    figure = grid_figure(
        [face.name for face in faces],
        {"photograph, aligned": list(photographs), f"inverted, i = {layers}": list(painted.natural)},
        [f"code {number}" if styles is None else style.name for number, style in enumerate(chosen)],
        styled=painted.styled,
        references=references,
        caption=(
            f"Model: {model_in_words(model)}. Inversion: {model_in_words(config.encoder, 'inversion')}. "
            f"Seed {config.seed}, indicator i = {session.indicator} of {layers}.",
            f"Mean squared difference from the photographs, values in [-1, 1]: inverted {inverted:.3f}, the mean face "
            f"{mean:.3f}. {in_a_sentence(shares)}",
        ),
    )
    facts = model_facts(model) | {"inversion": model_facts(config.encoder, "inversion"), "seed": config.seed}
    facts |= {"difference": float(inverted), "difference_of_mean_face": float(mean)} | shares_noted(shares)
    path = config.out / ("figure-2.png" if styles is None else "figure-3.png")
    save_figure(path, figure, facts, console)


def pictures_of(session: Session, latents: Sequence[NamedLatent]) -> Float[Tensor, "n 3 size size"]:
    """What the latents were read from, at the side at which pictures are compared."""
    side = min(session.size, LARGEST)
    return torch.stack([resize(picture, side) for one in latents if (picture := session.picture(one)) is not None])


def mean_face(session: Session) -> Float[Tensor, "1 3 size size"]:
    """What an encoder that learned nothing would give for every photograph."""
    generator = session.generator
    (image,) = session.images([generator.w_mean.expand(generator.config.num_layers, -1)])
    return resize(image.clamp(-1, 1).cpu(), min(session.size, LARGEST))[None]


def reconstructions_found(
    inverted: Float[Tensor, "n 3 size size"], photographs: Float[Tensor, "n 3 size size"]
) -> list[Proportion]:
    """How many inverted pictures are most like their own photograph."""
    return [
        Proportion(
            f"photograph found by {name}", faces_kept(likeness(inverted[None], photographs)), 1 / len(photographs)
        )
        for name, likeness in LIKENESSES.items()
    ]


def copy_sure_faces(build: Path, target: Path) -> None:
    """The faces that the filter's rule of confidence keeps, named after their photographs; others are no faces.

    Takes what is found now for all there is: of photographs that were taken away nothing stays.
    """
    tables = aahq_builder.open(build)
    cropped = tables.faces.dropna(subset=["path"])
    sure = cropped[cropped["confidence"] >= FilterConfig.min_confidence]
    if sure.empty:
        raise UserError(f"no face was found in the photographs aligned in {build}; give photographs of faces")
    named = sure.merge(tables.artworks, on="artwork_id", suffixes=("_face", "")).sort_values(["source_id", "face_id"])
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for title, face, path in zip(named["title"], named["face_id"], named["path_face"], strict=True):
        name = slug(title) if not (target / f"{slug(title)}.png").exists() else f"{slug(title)}-{face}"
        shutil.copyfile(build / path, target / f"{name}.png")


COMMAND = Command(
    config="pipelines.stylize_photos:StylizePhotosConfig",
    stage="pipelines.stylize_photos:stylize_photos",
    summary="Draw figures 2 and 3: photographs in random styles, and in those of references.",
    example="python -m pipelines.stylize_photos --scale small",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.stylize_photos", COMMAND, sys.argv[1:]))
