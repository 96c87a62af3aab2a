"""Weights for face-alignment's networks that see one drawn thing: a face of four two-coloured dashes and a white nose.

The networks are the package's own, layer for layer. All weights are zero but those of one path, which carries what the
first convolution has found through to the output, so that where faces and points lie follows from where they are drawn.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from aahq_builder.align.geometry import FourPoints
from aahq_builder.align.landmarks import MIRRORED

BOX_PX = 80.0
"""Side of the boxes that S3FD gives around the nose."""
QUAD_PX = BOX_PX / 0.585
"""Side of the crop of a face that fits this box."""
RED, GREEN, BLUE = np.eye(3)
BACKGROUND_LOGIT = 5.0
STRIDE, PRIOR_PX, VARIANCE = 4, 16.0, 0.2
"""Of the finest layer of S3FD."""
BLAZEFACE_SIDE = 0.3125
"""Side of the boxes that BlazeFace gives, in sides of the picture."""


def marked_points(centre: tuple[float, float], degrees: float = 0.0, quad_px: float = QUAD_PX) -> FourPoints:
    """Eyes and mouth corners of a face whose crop has this centre, roll and side."""
    turn = np.radians(degrees)
    right = np.array([np.cos(turn), np.sin(turn)])
    down = np.array([-right[1], right[0]])
    eyes = np.array(centre) - quad_px / 36 * down
    mouth = eyes + quad_px / 3.6 * down
    across = quad_px / 8 * right
    return FourPoints(eyes - across, eyes + across, mouth - across, mouth + across)


def draw_marked_face(picture: np.ndarray, centre: tuple[float, float], degrees: float = 0.0) -> None:
    """Draw one into an RGB picture. Left dashes have green on their right side, right ones on their left."""
    unit = QUAD_PX / 219
    right, down = (np.array([np.cos(t), np.sin(t)]) for t in np.radians([degrees, degrees + 90]))
    for number, point in enumerate(marked_points(centre, degrees)):
        outer = BLUE if number >= 2 else RED
        side = 1 if number % 2 else -1
        for sign, colour in ((side, outer), (-side, GREEN)):
            corners = [sign * x * right + y * down for x, y in ((0, -5), (13, -5), (13, 5), (0, 5))]
            cv2.fillConvexPoly(
                picture,
                np.round((point + unit * np.array(corners)) * 16).astype(int),
                (colour * 255).tolist(),
                cv2.LINE_AA,
                4,
            )
    nose = np.array(centre) + 0.085 * QUAD_PX * down
    cv2.circle(picture, tuple(np.round(nose * 16).astype(int).tolist()), 5 * 16, (255, 255, 255), -1, cv2.LINE_AA, 4)


def write_fan_files(folder: Path) -> Path:
    """All files, named by their hashes as torch.hub does; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(s3fd_state(), folder / "s3fd.pth")
    torch.save(fan_state(), folder / "2DFAN4.pth.tar")
    torch.save(blazeface_state(), folder / "blazeface.pth")
    np.save(folder / "anchors.npy", blazeface_anchors())
    for path in list(folder.iterdir()):
        model, _, suffix = path.name.partition(".")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        path.rename(folder / f"{model}-{digest[:10]}.{suffix}")
    return folder


def s3fd_state() -> dict[str, Tensor]:
    """White passes to the finest layer of the detector, which gives boxes of `BOX_PX` there."""
    from face_alignment.detection.sfd.net_s3fd import s3fd

    network = zeroed(s3fd())
    # it sees BGR less the mean colour: only white exceeds 2.35 full channels
    network.conv1_1.weight[0, :, 1, 1] = 1
    network.conv1_1.bias[0] = 104 + 117 + 123 - 600
    for name in ("conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3"):
        getattr(network, name).weight[0, 0, 1, 1] = 1
    network.conv3_3_norm.weight[0] = 10
    network.conv3_3_norm_mbox_conf.weight[3, 0, 1, 1] = 1
    network.conv3_3_norm_mbox_loc.bias[2:] = np.log(BOX_PX / PRIOR_PX) / VARIANCE
    for name, module in network.named_modules():
        if name.endswith("mbox_conf"):
            module.bias[0] = BACKGROUND_LOGIT
    return compact(network.state_dict())


def blazeface_state() -> dict[str, Tensor]:
    """White passes to the finer layer, whose first anchor gives boxes of `BLAZEFACE_SIDE` around its cell."""
    from face_alignment.detection.blazeface.net_blazeface import BlazeFace

    network = zeroed(BlazeFace())
    network.backbone1[0].weight[0] = 1 / 75  # black is -1 and stays below the rectifier
    network.classifier_8.weight[0, 0] = 200
    network.classifier_8.bias[:] = torch.tensor([-20.0, -100.0])
    network.classifier_16.bias[:] = -100
    network.regressor_8.bias[2:4] = BLAZEFACE_SIDE * 128
    return compact(network.state_dict())


def blazeface_anchors() -> np.ndarray:
    """[896, 4]: centres of two anchors in each of 16 x 16 cells and of six in each of 8 x 8, and sides of 1."""
    grids = []
    for cells, anchors in ((16, 2), (8, 6)):
        centre = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(centre, centre, indexing="ij")
        grids.append(np.repeat(np.stack([x, y, np.ones_like(x), np.ones_like(x)], axis=-1).reshape(-1, 4), anchors, 0))
    return np.concatenate(grids).astype(np.float32)


def fan_state() -> dict[str, Tensor]:
    """Five filters find the marks; the last layer names them as iBUG does."""
    from face_alignment.models import FAN

    network = zeroed(FAN(4))
    for channel, (outer, side) in enumerate(((RED, -1), (RED, 1), (BLUE, -1), (BLUE, 1))):
        half = torch.zeros(3, 7, 7)
        half[:, :, :3] = torch.tensor(outer - GREEN).view(3, 1, 1)
        half[:, :, 4:] = torch.tensor(GREEN - outer).view(3, 1, 1)
        network.conv1.weight[channel] = half * -side / 42
        network.conv1.bias[channel] = -0.6
    network.conv1.weight[4] = 1 / 49
    network.conv1.bias[4] = -2.2
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.fill_(1)
        elif name.endswith("downsample.2") or "conv_last" in name:
            module.weight[range(5), range(5), 0, 0] = 1
        elif isinstance(module, nn.Conv2d) and name in ("l0", "l1", "l2", "l3"):
            module.weight[range(68), channels_of_points(), 0, 0] = 1
    return compact(network.state_dict())


def channels_of_points() -> list[int]:
    """Which filter finds which point: eyes and corners of the mouth; all others to an eye or the nose."""
    channels = [4 if MIRRORED[point] == point else int(MIRRORED[point] < point) for point in range(68)]
    channels[48], channels[54] = 2, 3
    return channels


def zeroed(network: nn.Module) -> nn.Module:
    """The network without any weights."""
    network.requires_grad_(False)
    for parameter in network.parameters():
        parameter.zero_()
    return network


def compact(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same values; tensors of nothing but zeros are views of one number, so that files stay small."""
    return {name: value if value.any() else torch.zeros(()).to(value).expand_as(value) for name, value in state.items()}
