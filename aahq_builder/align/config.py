"""Flags of `aahq-build align`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from aahq_builder.config import BuildConfig, FaceSize
from aahq_builder.errors import UserError
from aahq_builder.lock import Claim, Part
from blendgan.config import Allowed, Positive

HEX_COLOUR = re.compile("#[0-9a-fA-F]{6}")
SIZES = frozenset(2**power for power in range(4, 11))


@dataclass(frozen=True)
class CropSettings:
    """What shapes the pixels of a crop, beside its corners."""

    size: int = 1024
    """Side, px: a power of two from 16 to 1024."""
    mode: Literal["fast", "reference"] = "fast"
    padding: bool = True
    background: str = "#808080"
    """#rrggbb behind transparent pixels."""

    @classmethod
    def of_json(cls, stated: object) -> "CropSettings | None":
        """Settings that somebody has written down, all but the first optional; None if they cannot be cut by."""
        if not isinstance(stated, Mapping):
            return None
        size, mode, padding, background = (stated.get(field.name, field.default) for field in fields(cls))
        is_sound = (
            isinstance(size, int)
            and size in SIZES
            and mode in ("fast", "reference")
            and isinstance(padding, bool)
            and isinstance(background, str)
            and HEX_COLOUR.fullmatch(background)
        )
        return cls(size, mode, padding, background) if is_sound else None


@dataclass(frozen=True, kw_only=True)
class AlignConfig(BuildConfig):
    """Flags of `align`."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.FACES}))

    size: FaceSize = 1024
    """Side of the aligned faces, px: a power of two from 16 to 1024."""
    mode: Literal["fast", "reference"] = "fast"
    """reference repeats the arithmetic of FFHQ; fast is some fifty times faster, at 48 dB and more."""
    detector: Literal["auto", "dlib", "mmod", "fan", "yunet"] = "auto"
    """dlib: gradient histograms; mmod: dlib's network; fan: S3FD and 2DFAN of face-alignment; yunet: OpenCV's;
    auto: dlib, turned copies where it found nothing, and of fan and yunet what --fan-weights and --yunet-model name."""
    yunet_model: Path | None = None
    """YuNet's ONNX file (face_detection_yunet_*.onnx of the OpenCV model zoo)."""
    fan_weights: Path | None = None
    """Folder of face-alignment's weights (--detector fan: default torch's cache, fetched once if need be)."""
    fan_detector: Literal["sfd", "blazeface"] = "sfd"
    """Which of face-alignment's detectors fan searches with; blazeface: large faces, from --fan-weights only."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the networks of fan run; all others run on the processor."""
    variant: Literal["ffhq", "metfaces"] = "ffhq"
    """Whose crop: metfaces lies half a pixel off."""
    no_rotation: bool = False
    """Leave tilted heads tilted."""
    no_padding: bool = False
    """Black instead of a mirrored, fading border where the crop leaves the picture."""
    margin: Annotated[float, Allowed("a share of the side from -0.25 to 1", lambda x: -0.25 <= x <= 1)] = 0.0
    """Widen the crop by this share of its side on each side."""
    background: str = "#808080"
    """Colour behind transparent pixels, as #rrggbb."""
    landmarks: Path | None = None
    """A dlib shape predictor of 68 points to use instead of the packaged one."""
    timeout_s: Positive = 120.0
    """Give up on an artwork after this many seconds."""
    engine: Literal["local", "ray"] = "local"
    """Work in processes of this machine, or in actors of a Ray cluster."""
    files: str | None = None
    """Where originals and crops lie, if not in the work folder: an address that fsspec knows, as s3://bucket/build."""
    address: str | None = None
    """Ray cluster to work in ('auto' finds it); none starts one on this machine."""

    def check(self) -> None:
        """Ranges, and what must go together."""
        super().check()
        if self.address and self.engine != "ray":
            raise UserError(f"--address {self.address} needs --engine ray")
        if self.files and "://" not in self.files and not Path(self.files).is_absolute():
            raise UserError(f"--files {self.files} is neither an address, as s3://bucket/build, nor an absolute path")
        if not HEX_COLOUR.fullmatch(self.background):
            raise UserError(f"--background is {self.background}; give #rrggbb, as #ffffff for white")
        self._check_models()

    @property
    def crop(self) -> CropSettings:
        """What shapes the pixels of the crops."""
        return CropSettings(self.size, self.mode, not self.no_padding, self.background)

    @property
    def uses_fan(self) -> bool:
        """Whether face-alignment's networks take part."""
        return self.detector == "fan" or (self.detector == "auto" and self.fan_weights is not None)

    def _check_models(self) -> None:
        """Every model file that is named must be one that this detector asks."""
        if self.detector == "yunet" and self.yunet_model is None:
            raise UserError("--detector yunet needs --yunet-model PATH, face_detection_yunet_*.onnx of the OpenCV zoo")
        if self.yunet_model and self.detector not in ("auto", "yunet"):
            raise UserError(f"--yunet-model {self.yunet_model} needs --detector auto or yunet, not {self.detector}")
        if self.fan_weights and not self.uses_fan:
            raise UserError(f"--fan-weights {self.fan_weights} needs --detector auto or fan, not {self.detector}")
        if self.fan_detector == "blazeface" and not (self.uses_fan and self.fan_weights):
            raise UserError(
                "--fan-detector blazeface needs --detector fan or auto, and --fan-weights with its two files "
                "(their published names carry no hash: rename them as docs/align.md says)"
            )
        if self.device != "auto" and not self.uses_fan:
            raise UserError(f"--device {self.device} is for --detector fan, or auto with --fan-weights")
        if self.landmarks and self.detector == "fan":
            raise UserError(f"--landmarks {self.landmarks} is not used by --detector fan, which has its own (2DFAN)")
