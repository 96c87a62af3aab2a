"""A labelled figure: where its pictures lie, and what becomes of labels that are too long."""

import numpy as np
import torch

from pipelines.paper.sheet import GAP, LINE_PX, Figure, draw_figure, letters, wrapped

TILE = 96


def plain(value: float) -> torch.Tensor:
    return torch.full((3, 32, 32), value)


def test_every_picture_lies_in_its_row_and_column_and_the_rest_is_white():
    figure = Figure(["a", "b"], ["one", "two"], [[plain(-1), plain(1)], [None, plain(0)]], ["said"], size=32)
    drawn = draw_figure(figure)
    left, top = TILE + GAP, LINE_PX + GAP
    assert drawn.shape == (top + 2 * TILE + 2 * GAP + LINE_PX, left + 2 * TILE + GAP, 3)
    cells = drawn[top : top + 2 * TILE, left : left + 2 * TILE].reshape(2, TILE, 2, TILE, 3).transpose(0, 2, 1, 3, 4)
    expected = {(0, 0): 0, (0, 1): 255, (1, 0): 255, (1, 1): 128}
    assert {place: set(np.unique(cells[place])) for place in expected} == {k: {v} for k, v in expected.items()}
    words = {
        "column": drawn[: top - 1, left:],
        "row": drawn[top : top + TILE, :left],
        "caption": drawn[top + 2 * TILE + GAP :],
    }
    assert {name: bool((part < 128).any()) for name, part in words.items()} == dict.fromkeys(words, True)


def test_a_label_keeps_within_its_tile_and_loses_its_end():
    (lines, short) = wrapped(["a very long name of a picture that somebody took on a holiday by the sea", "neon"], TILE)
    assert len(lines) == 4
    assert lines[-1].endswith("…")
    assert max(map(len, lines)) <= letters(TILE)
    assert short == ["neon"]
