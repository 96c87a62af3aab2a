"""Style codes of all artworks, computed once: the encoder is frozen while the generator trains."""

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.console import Console
from blendgan.data.order import Order
from blendgan.data.stream import Pictures, picture_chunks
from blendgan.networks.style_encoder import StyleEncoder
from blendgan.training.parallel.randomness import Draws


class StyleCodes:
    """Codes by picture and mirroring, and the codes of pictures seen lately."""

    def __init__(self, table: Float[Tensor, "pictures 2 dim"], order: Order, recent: int) -> None:
        self.table, self.order, self.recent = table, order, recent

    def at(self, positions: list[int]) -> Float[Tensor, "batch dim"]:
        """Codes of the pictures at these positions of the stream."""
        seen = [self.order[position] for position in positions]
        return self.table[[index for index, _ in seen], [int(mirrored) for _, mirrored in seen]]

    def draw_recent(self, count: int, end: int, draws: Draws) -> Float[Tensor, "count dim"]:
        """Random codes out of the last `recent` pictures before position `end`.

        This is a queue of codes without a queue to keep: fakes get codes other than those of the real pictures beside
        them, and their distribution follows what the discriminators have seen.
        """
        return self.at(draws.places(max(0, end - self.recent), end, count))


@torch.no_grad()
def code_table(
    encoder: StyleEncoder, pictures: Pictures, device: torch.device, console: Console
) -> Float[Tensor, "pictures 2 dim"]:
    """Codes of every picture as it is and mirrored."""
    rows = []
    with console.progress(len(pictures), "style code") as progress:
        for images in picture_chunks(pictures, device):
            rows.append(torch.stack([encoder(images), encoder(images.flip(3))], dim=1))
            progress.advance(len(images))
    return torch.cat(rows)
