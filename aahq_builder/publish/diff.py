"""`aahq-build diff A B`: how two releases differ, wherever they are; only `release.json` and `rows.csv` are read."""

from pathlib import Path
from typing import TYPE_CHECKING

from aahq_builder.errors import UserError
from aahq_builder.publish.changes import Changes, compare
from aahq_builder.publish.config import DiffConfig
from aahq_builder.publish.inventory import INVENTORY, read_stated
from aahq_builder.publish.row_digests import ROWS, read_row_digests
from aahq_builder.web.hub import HubPlace, client, refusals_named
from blendgan.console import Console

if TYPE_CHECKING:
    import pandas as pd


def run(config: DiffConfig, console: Console) -> None:
    """Say how the second release differs from the first."""
    before, after = fetched(config.a), fetched(config.b)
    old, new = read_row_digests(before), read_row_digests(after)
    versions = [read_stated(folder).get("version") for folder in (before, after)]
    changes = Changes(since=versions[0], version=versions[1], **compare(old, new))  # type: ignore[arg-type]
    if config.rows:
        for face_id, words in differing_rows(old, new):
            console.result(f"{face_id} {words}", face_id=face_id, difference=words)
    places = zip((config.a, config.b), versions, strict=True)
    names = [f"{place} ({version})" if version else place for place, version in places]
    console.result(f"{names[1]} against {names[0]}: {changes.words}", **vars(changes))


def fetched(place: str) -> Path:
    """The folder of a release; of one on the Hub (`ORG/NAME` or `ORG/NAME@REVISION`) the files that are compared."""
    if Path(place).is_dir():
        return Path(place)
    named = HubPlace.named(place)
    if named is None:
        raise UserError(f"{place} is no folder; give that of a release, or ORG/NAME@REVISION on the Hub")
    wanted = [INVENTORY, ROWS]
    api = client()
    with refusals_named(named.repo_id, named.revision):
        # asked for first: of a branch that is out of reach an old copy would be taken without a word
        commit = api.repo_info(named.repo_id, repo_type="dataset", revision=named.revision).sha
        return Path(api.snapshot_download(named.repo_id, repo_type="dataset", revision=commit, allow_patterns=wanted))


def differing_rows(old: "pd.DataFrame", new: "pd.DataFrame") -> list[tuple[str, str]]:
    """Every row that differs and how, in order of the ids."""
    common = new.index.intersection(old.index)
    differs = old.loc[common].ne(new.loc[common])
    differs = differs[differs.any(axis=1)]
    parts = (", ".join(differs.columns[row]) for row in differs.to_numpy())
    changed = {face_id: f"changed: {words}" for face_id, words in zip(differs.index, parts, strict=True)}
    added = dict.fromkeys(new.index.difference(old.index), "added")
    removed = dict.fromkeys(old.index.difference(new.index), "removed")
    return sorted((str(face_id), words) for face_id, words in {**changed, **added, **removed}.items())
