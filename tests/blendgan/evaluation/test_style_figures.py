"""Judging a model whose answers are known: one that ignores styles keeps every face and agrees by chance."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from blendgan.checkpoints.store import save_network
from blendgan.errors import UserError
from blendgan.evaluation.jury import Jury
from blendgan.evaluation.style_figures import StyleFigures, judge_model
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig

SIZE, DIM, FACES = 32, 8, 11
STYLES = {"blue": (0.3, 0.3, 1.0), "green": (0.3, 1.0, 0.3), "red": (1.0, 0.3, 0.3)}
SEEDS = {"one": 1, "other": 2}


def make_encoder(seed: int) -> StyleEncoder:
    torch.manual_seed(seed)
    return StyleEncoder(StyleEncoderConfig(image_size=SIZE, taps=("relu1_2",), latent_dim=DIM)).requires_grad_(False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven faces of noise, in three colours each; five faces to train on; two models and a judge."""
    place, random = tmp_path_factory.mktemp("judged"), np.random.default_rng(0)
    faces = {f"faces/{number}": random.integers(0, 256, (SIZE, SIZE, 3)) for number in range(FACES)}
    pictures = faces | {f"train/seen-{number}": random.integers(0, 256, (SIZE, SIZE, 3)) for number in range(5)}
    for name, face in faces.items():
        pictures |= {f"drawn/{style}/{Path(name).name}": face * colour for style, colour in STYLES.items()}
    for name, pixels in pictures.items():
        path = place / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    save_network(make_encoder(0), place / "judge" / "style_encoder")
    for name, seed in SEEDS.items():
        torch.manual_seed(seed)
        narrow = {"size": SIZE, "channel_base": 64, "channel_max": 4}
        shapes = GeneratorConfig(latent_dim=DIM, style_dim=DIM, mapping_layers=1, **narrow)
        save_network(Generator(shapes), place / name / "generator")
        save_network(make_encoder(seed), place / name / "style_encoder")
    return place


def judged(place: Path, model: str, **other: Path) -> StyleFigures:
    folders = {"judge": "judge", "drawings": "drawn", "faces": "faces", "train_faces": "train"}
    return judge_model(place / model, **{name: place / folder for name, folder in folders.items()} | other)


def test_a_model_that_ignores_styles_keeps_every_face_and_agrees_by_chance(place: Path) -> None:
    figures = judged(place, "one")
    # untrained face weights are 1, so every style leaves the natural picture as it is
    assert {name: kept.model for name, kept in figures.kept.items()} == {"shading": 1, "information": 1}
    assert figures.agreement.model == pytest.approx(1 / 3) == figures.agreement_without_style
    assert figures.gram_agreement.model == pytest.approx(1 / 3)
    assert figures.kid == {}  # too few faces
    json.dumps(asdict(figures))


def test_what_drawings_reach_does_not_depend_on_the_model(place: Path) -> None:
    one, other, again = (judged(place, name) for name in ("one", "other", "one"))
    # noise in colours: every measure is plain to see
    for figures in (one, other):
        assert figures.agreement.drawings == figures.gram_agreement.drawings == 1
        assert {name: kept.drawings for name, kept in figures.kept.items()} == {"shading": 1, "information": 1}
    assert one.diversity_held_out == other.diversity_held_out == pytest.approx(1, abs=0.1)
    assert one.diversity != other.diversity
    assert again == one


def test_drawings_that_a_model_could_have_painted_are_measured_like_drawings() -> None:
    drawn, natural = torch.rand(3, FACES, 3, SIZE, SIZE), torch.rand(FACES, 3, SIZE, SIZE)
    jury = Jury(make_encoder(0), drawn)
    faces = torch.arange(1, FACES)
    painted = jury.of_painted(0, drawn[:, faces], natural[faces])
    real = jury.of_drawings(0, faces, natural[faces])
    assert {name: painted[name] for name in ("agreement", "shading", "information")} == {
        name: real[name] for name in ("agreement", "shading", "information")
    }
    # a face that is in the mean of its style is nearer to it than one that is not
    assert painted["gram_agreement"] > 0.9 > real["gram_agreement"]


def without(place: Path, folder: str, keep: Callable[[Path], bool], to: Path) -> Path:
    for path in (place / folder).rglob("*.png"):
        if keep(path):
            target = to / path.relative_to(place / folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return to


def test_partial_judges_and_seen_faces_are_refused_in_one_sentence(place: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"one is the style encoder of .*one itself; give one that has not conditioned"):
        judged(place, "one", judge=place / "one")
    with pytest.raises(UserError, match=r"11 faces, 0 first, are among the held-out ones and in .*faces"):
        judged(place, "one", train_faces=place / "faces")
    few = without(place, "drawn", lambda path: path.parent.name != "red" or path.stem in "01", tmp_path / "few")
    with pytest.raises(UserError, match=r"holds 2 faces that were drawn in each of 3 styles; give STYLE/FACE\.png of"):
        judged(place, "one", drawings=few)
    with pytest.raises(UserError, match=r"train lacks 11 faces that were drawn, 0 first; give their folder"):
        judged(place, "one", faces=place / "train")
