"""The sketch keeps distances; the features have the sizes of the paper."""

from pathlib import Path

import numpy as np
import pytest

from aahq_builder.tsne.features import (
    GRAM_BLOCKS,
    SKETCH_PER_BLOCK,
    CountSketch,
    encoder_style_features,
    gram_style_features,
)
from blendgan.checkpoints.store import save_network
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig


def test_the_gram_blocks_add_up_to_the_papers_610304_values():
    assert sum(GRAM_BLOCKS) == 610_304


def test_sketch_is_linear():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3, 50))
    sketch = CountSketch((20, 30), buckets=8, seed=1)
    np.testing.assert_allclose(sketch(2 * x - y), 2 * sketch(x) - sketch(y), atol=1e-5)


def test_sketch_equals_a_slow_loop():
    values = np.random.default_rng(0).standard_normal((1, 12))
    sketch = CountSketch((5, 7), buckets=4, seed=3)
    expected = np.zeros(8)
    for position, value in enumerate(values[0]):
        expected[sketch.buckets[position]] += sketch.signs[position] * value
    np.testing.assert_allclose(sketch(values)[0], expected, atol=1e-6)
    assert sketch.buckets[:5].max() < 4 <= sketch.buckets[5:].min(), "blocks must not share buckets"


def test_sketch_keeps_inner_products_on_average_even_of_uneven_vectors():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(400) * np.logspace(0, 3, 400)
    y = 0.5 * x + rng.standard_normal(400) * np.logspace(0, 3, 400)
    estimates = [np.multiply(*CountSketch((400,), 64, seed)(np.stack([x, y]))).sum() for seed in range(400)]
    bound = np.sqrt((x @ x * (y @ y) + (x @ y) ** 2) / 64 / len(estimates))
    assert abs(np.mean(estimates) - x @ y) < 4 * bound


def test_distances_of_long_vectors_survive_the_sketch():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((10, 65_536)) ** 3
    sketched = CountSketch((65_536,), SKETCH_PER_BLOCK, 0)(points)
    before = np.linalg.norm(points[:, None] - points[None], axis=2)
    after = np.linalg.norm(sketched[:, None] - sketched[None], axis=2)
    ratio = (after / np.where(before > 0, before, 1))[~np.eye(10, dtype=bool)]
    assert abs(ratio - 1).max() < 0.08


@pytest.mark.slow
def test_a_face_is_measured_alone_as_in_a_batch():
    faces = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    measure = gram_style_features("cpu")
    together = measure.extract(faces)
    assert together.shape == (2, 5 * SKETCH_PER_BLOCK)
    np.testing.assert_allclose(measure.extract(faces[1:])[0], together[1], rtol=1e-3, atol=1e-6)
    assert "random weights" in measure.remark or "ImageNet" in measure.remark


def test_encoders_of_one_shape_are_told_apart_by_their_weights_wherever_they_lie(tmp_path: Path):
    shape = StyleEncoderConfig(image_size=32, taps=("relu1_2",), latent_dim=4)
    first, second = StyleEncoder(shape), StyleEncoder(shape)
    for run, encoder in {"a": first, "b": second, "c": first}.items():
        save_network(encoder, tmp_path / run / "style_encoder")
    a, b, c = (encoder_style_features(tmp_path / run, "cpu").name for run in "abc")
    assert a == c != b
    assert encoder_style_features(tmp_path / "a" / "style_encoder", "cpu").name == a
