"""Flags of `aahq-build crawl`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import tyro

from aahq_builder.config import FetchConfig
from aahq_builder.errors import UserError
from aahq_builder.lock import Claim, Part
from aahq_builder.sources.kinds import ANY_KIND, DEFAULT, Kinds, read_kinds
from blendgan.command import CommonConfig

SourceName = Literal[
    "met", "aic", "cleveland", "commons", "smk", "rijksmuseum", "nga", "artstation", "html", "urls", "folder"
]

WITHOUT_KINDS = ("artstation", "html", "urls", "folder")
"""Sources whose works say nothing about what kind they are."""


@dataclass(frozen=True, kw_only=True)
class CrawlConfig(FetchConfig):
    """Flags of `crawl`."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.LISTINGS}))

    sources: Annotated[tuple[SourceName, ...], tyro.conf.Positional] = ()
    """Where to look; with none named: all open collections that work without a key (aahq-build sources lists them)."""
    query: str | None = None
    """What to search for (default: portrait, in each museum's language); commons also takes Category:NAME."""
    kind: str | None = None
    """Kinds of works, with commas: painting, drawing, print, photograph, sculpture, or any (museums; default:
    painting,drawing,print). artstation, html, urls and folder know no kinds: they give all that they list."""
    url: str | None = None
    """First listing page (html)."""
    select: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """NAME=CSS for item, next, image, title, artist, date, license or tags (html); may be repeated."""
    path: Path | None = None
    """Folder of pictures (folder), or list of addresses: CSV, TSV, JSONL, Parquet (urls)."""

    even_so: bool = False
    """List a source although its pictures are known to be behind a wall (aic); its works wait for them."""

    @property
    def kinds(self) -> Kinds:
        """`--kind`; sources that know none are not narrowed."""
        knows_kinds = not self.sources or set(self.sources) - set(WITHOUT_KINDS)
        return read_kinds(DEFAULT if self.kind is None else self.kind) if knows_kinds else ANY_KIND

    @property
    def folder(self) -> Path | None:
        """`--path`, where the source `folder` is named."""
        return self.path if "folder" in self.sources else None

    def named_hosts(self) -> tuple[str | None, ...]:
        """`--endpoint` and `--url`."""
        return (self.endpoint, self.url)

    def check(self) -> None:
        """Ranges, and what must go together."""
        super().check()
        if self.endpoint and len(self.sources) != 1:
            raise UserError("--endpoint goes with exactly one source")
        without = [name for name in self.sources if name in WITHOUT_KINDS]
        if self.kind is not None and without:
            raise UserError(f"{without[0]} does not say of what kind its works are; leave out --kind {self.kind}")
        read_kinds(DEFAULT if self.kind is None else self.kind)
        if "html" in self.sources and not self.url:
            raise UserError("html needs --url, the first listing page")
        if {"folder", "urls"} <= set(self.sources):
            raise UserError("folder and urls both read --path; crawl them one after the other")
        if "folder" in self.sources and not (self.path and self.path.is_dir()):
            raise UserError(f"folder needs --path, a folder of pictures; {self.path} is none")
        if "folder" in self.sources and self.path and self.path.resolve() == self.work.resolve():
            raise UserError(f"--path {self.path} is the work folder itself; give another --work")
        if "urls" in self.sources and not (self.path and self.path.is_file()):
            raise UserError(f"urls needs --path, a list of addresses; {self.path} is no file")
        if "artstation" in self.sources and not (self.permissions or self.i_have_a_legal_basis):
            raise UserError(
                "artstation's terms forbid scraping; give --permissions or --i-have-a-legal-basis (see docs/rights.md)"
            )


@dataclass(frozen=True, kw_only=True)
class SourcesConfig(CommonConfig):
    """Flags of `sources`."""
