"""Style codes of all artworks, computed once: the encoder is frozen while the generator trains."""

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.console import Console
from blendgan.data.order import Order
from blendgan.data.stream import Pictures, picture_chunks
from blendgan.training.parallel.randomness import Draws
from blendgan.training.parallel.upload import upload


class StyleCodes:
    """Codes by picture and mirroring, and the codes of pictures seen lately; the table lies on the device."""

    def __init__(self, table: Float[Tensor, "pictures 2 dim"], order: Order, recent: int) -> None:
        self.table, self.order, self.recent = table, order, recent
        self.seen = Seen(order, table.device)

    def at(self, positions: list[int]) -> Float[Tensor, "batch dim"]:
        """Codes of the pictures at these positions of the stream."""
        return self._codes(upload(rows_at(self.order, positions), self.table.device))

    def draw_recent(self, count: int, end: int, draws: Draws) -> Float[Tensor, "count dim"]:
        """Random codes out of the last `recent` pictures before position `end`.

        This is a queue of codes without a queue to keep: fakes get codes other than those of the real pictures beside
        them, and their distribution follows what the discriminators have seen.
        """
        first = max(0, end - self.recent)
        places = draws.integers(first, end, count)
        return self._codes(self.seen.between(first, end)[places - first])

    def _codes(self, rows: Tensor) -> Float[Tensor, "batch dim"]:
        return self.table.flatten(0, 1)[rows]


class Seen:
    """Rows of the table for a stretch of positions, on the device: where draws choose among them, the host has no say.

    Stretches that follow each other, as from step to step, share what they have in common.
    """

    def __init__(self, order: Order, device: torch.device) -> None:
        self.order, self.device = order, device
        self.first = self.end = 0
        self.rows = self.sent = torch.zeros(0, dtype=torch.int64)

    def between(self, first: int, end: int) -> Tensor:
        """Rows of the positions from `first` to before `end`."""
        if (first, end) != (self.first, self.end):
            overlap = self.first <= first <= self.end <= end
            kept = self.rows[first - self.first :] if overlap else self.rows[:0]
            self.rows = torch.cat([kept, rows_at(self.order, range(first + len(kept), end))])
            self.first, self.end, self.sent = first, end, upload(self.rows, self.device)
        return self.sent


def rows_at(order: Order, positions: Iterable[int]) -> Tensor:
    """Rows of the table, pictures as they are and mirrored in turn, for the pictures at these positions."""
    return torch.tensor(
        [2 * index + mirrored for index, mirrored in map(order.__getitem__, positions)], dtype=torch.int64
    )


@torch.no_grad()
def code_table(
    encode: Callable[[Tensor], Tensor], pictures: Pictures, device: torch.device, console: Console
) -> Float[Tensor, "pictures 2 dim"]:
    """Codes of every picture as it is and mirrored."""
    rows = []
    with console.progress(len(pictures), "style code") as progress:
        for images in picture_chunks(pictures, device):
            rows.append(torch.stack([encode(images), encode(images.flip(3))], dim=1))
            progress.advance(len(images))
    return torch.cat(rows)
