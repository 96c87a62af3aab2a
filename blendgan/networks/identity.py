"""Who is it? ArcFace's descriptor of a face (Deng et al. 2019) on the trunk that the inversion encoder has, too."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.networks.inversion import InversionConfig, residual_units, stem_of

ALIGNED_SIZE, ROWS, COLUMNS = 256, slice(35, 223), slice(32, 220)
"""Where in a picture aligned as FFHQ's the descriptor looks: the face without hair and background (as pSp does)."""
INPUT_SIZE = 112


class FaceDescriptor(nn.Module):
    """Aligned faces to 512 values whose cosine tells whether two show the same person; frozen, in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        config = InversionConfig()
        width = config.widths[-1]
        self.stem = stem_of(config)
        self.body = nn.Sequential(*residual_units(config))
        side = INPUT_SIZE // 16
        self.output = nn.Sequential(
            nn.BatchNorm2d(width), nn.Dropout(0.6), nn.Flatten(), nn.Linear(width * side**2, 512), nn.BatchNorm1d(512)
        )
        self.eval().requires_grad_(False)

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 512"]:
        """Descriptors of RGB pictures in [-1, 1]; not normalised."""
        faces = F.adaptive_avg_pool2d(images, ALIGNED_SIZE)[:, :, ROWS, COLUMNS]
        described: Tensor = self.output(self.body(self.stem(F.adaptive_avg_pool2d(faces, INPUT_SIZE))))
        return described
