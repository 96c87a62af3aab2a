"""2DFAN: 68 landmarks by four stacked hourglass networks (Bulat and Tzimiropoulos 2017), from face-alignment's weights.

The package's own entry point finds points one face at a time, in whole pixels. Here all augmented copies of a face go
through the network together, and a point is the centre of mass of its heat map's peak, which is accurate to a tenth of
a pixel.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aahq_builder.align.landmarks import CHIP_PX

if TYPE_CHECKING:
    from torch import Tensor

NUM_STACKS = 4
BATCH = {"cpu": 2, "cuda": 16}
"""Chips at once: a processor gains nothing from many, and each takes some 60 MB of memory."""
PEAK_REACH = 1
"""Cells around the highest one that count for its centre of mass."""


class FanLandmarks:
    """The network on a device."""

    name = "2dfan-4"

    def __init__(self, weights: Path, device: str) -> None:
        import torch
        from face_alignment.models import FAN

        self.device = device
        self.network = FAN(NUM_STACKS)
        self.network.load_state_dict(torch.load(weights, map_location=device, weights_only=True))
        self.network.to(device).eval()

    def predict(self, chips: np.ndarray) -> np.ndarray:
        """Points [N, 68, 2] in pixels of the chips, uint8 RGB [N, 256, 256, 3]."""
        import torch

        found = []
        for batch in torch.split(torch.from_numpy(chips), BATCH[self.device]):
            pixels = batch.to(self.device).permute(0, 3, 1, 2).float() / 255
            with torch.inference_mode():
                heat: Tensor = self.network(pixels)[-1]  # each stack refines the one before
            found.append(peaks(heat.float().cpu().numpy()) * (CHIP_PX / heat.shape[-1]))
        return np.concatenate(found) - 0.5  # pixels begin half a pixel before their centres


def peaks(heat: np.ndarray) -> np.ndarray:
    """Where maps [N, points, H, W] are highest, [N, points, 2], in cells; whole numbers are the corners of cells."""
    count, points, height, width = heat.shape
    row, column = np.unravel_index(heat.reshape(count, points, -1).argmax(axis=-1), (height, width))
    padded = np.pad(heat, ((0, 0), (0, 0), (PEAK_REACH,) * 2, (PEAK_REACH,) * 2), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * PEAK_REACH + 1,) * 2, axis=(2, 3))
    near = windows[np.arange(count)[:, None], np.arange(points), row, column]
    weight = np.maximum(near, 0) + 1e-12 * np.isfinite(near)
    offsets = np.arange(-PEAK_REACH, PEAK_REACH + 1)
    total = weight.sum(axis=(-2, -1))
    x = column + (weight.sum(axis=-2) @ offsets) / total
    y = row + (weight.sum(axis=-1) @ offsets) / total
    centres: np.ndarray = np.stack([x, y], axis=-1) + 0.5
    return centres
