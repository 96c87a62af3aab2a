"""Flags of `aahq-build publish`."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import tyro

from aahq_builder.config import BuildConfig
from aahq_builder.errors import UserError
from aahq_builder.lock import Claim, Part
from blendgan.command import CommonConfig
from blendgan.config import Allowed, Seed


@dataclass(frozen=True, kw_only=True)
class PublishConfig(BuildConfig):
    """Flags of `publish`."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.RELEASE}), shared=frozenset({Part.FACES, Part.VERDICTS}))

    to: Path | None = None
    """Folder of the release (default: release/ in the work folder)."""
    repo_id: str | None = None
    """Dataset on the Hugging Face Hub to upload to, ORG/NAME; made private if it is new."""
    content: Literal["urls", "pixels"] = "urls"
    """urls: addresses, rights, hashes and geometry; pixels: also the aligned faces whose licence allows it."""
    format: Literal["parquet", "imagefolder", "webdataset", "stylegan-zip", "aahq"] = "parquet"
    """How rows and pixels are stored; aahq (a list like AAHQ-dataset.json) has no pixels, parquet may, the rest do."""
    license: str | None = None
    """SPDX id under which you publish the pixels of your own folder (where it states no licence)."""
    include_research: bool = False
    """Include rows (never pixels) that have no licence on record; the card will say so."""
    version: str | None = None
    """Version of the release, as 1.2.0; card and removed.csv name it."""
    split_share: Annotated[float, Allowed("0 or a share below 1", lambda x: 0 <= x < 1)] = 0.0
    """Share of the artists whose faces become the split `validation`; no artist and no copy is in both."""
    split_seed: Seed = 0
    """Another seed draws other artists."""
    since: str | None = None
    """Release before this one, to say what changed: a folder or ORG/NAME[@REVISION] (default: the one in its place)."""
    title: str = "Artistic portraits"
    """Name of the dataset on its card."""
    contact: str = field(default_factory=lambda: os.environ.get("AAHQ_CONTACT", ""))
    """Where artists can object (default from $AAHQ_CONTACT)."""
    public: bool = False
    """Make the repository public once the upload is complete."""
    gated: Literal["no", "auto", "manual"] | None = None
    """Ask readers of the repository to agree to the card's terms first (default: auto with pixels, else as it is)."""

    @property
    def gate(self) -> Literal["auto", "manual"] | None:
        """Who opens the gate between readers and a new repository; None where there is none."""
        if self.gated is None:
            return "auto" if self.content == "pixels" else None
        return None if self.gated == "no" else self.gated

    def check(self) -> None:
        """Ranges, and what must go together."""
        super().check()
        if self.format == "aahq" and self.content == "pixels":
            raise UserError("--format aahq is a list of addresses; leave out --content pixels, or use another format")
        if self.format not in ("parquet", "aahq") and self.content == "urls":
            raise UserError(f"--format {self.format} stores pictures; add --content pixels, or use --format parquet")
        if self.repo_id is not None and self.repo_id.count("/") != 1:
            raise UserError(f"--repo-id is '{self.repo_id}'; give ORG/NAME")
        if self.repo_id is None and (self.public or self.gated):
            raise UserError("--public and --gated are about a repository; add --repo-id ORG/NAME")
        if self.version is not None and not re.fullmatch(r"\d[0-9A-Za-z.+-]{0,63}", self.version):
            raise UserError(f"--version is '{self.version}'; give one such as 1.2.0")
        if self.license is not None and not re.fullmatch(r"[A-Za-z0-9.+-]+", self.license):
            raise UserError(f"--license is '{self.license}'; give an SPDX id such as CC-BY-4.0 or LicenseRef-mine")


@dataclass(frozen=True, kw_only=True)
class DiffConfig(CommonConfig):
    """Flags of `diff`."""

    a: Annotated[str, tyro.conf.Positional]
    """The earlier release: its folder, or ORG/NAME[@REVISION] on the Hub."""
    b: Annotated[str, tyro.conf.Positional]
    """The later one."""
    rows: bool = False
    """Also print every row that differs, a line each."""
