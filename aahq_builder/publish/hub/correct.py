"""Correct a release on the Hub after a removal: its current revision, since history is the owner's to delete."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aahq_builder.build import Build
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.hub import remote
from aahq_builder.publish.hub.upload import PREFIX, upload
from aahq_builder.publish.inventory import INVENTORY, read_stated
from aahq_builder.publish.place import SCRATCH, is_release
from aahq_builder.publish.release import write_release
from aahq_builder.publish.removed import REMOVED
from aahq_builder.publish.row_digests import ROWS
from aahq_builder.publish.rows import select
from aahq_builder.web.hub import HubPlace, client, fetch_file, refusals_named

if TYPE_CHECKING:
    from huggingface_hub import HfApi

HISTORY = (
    "the current revision of {repo_id} on the Hub holds nothing of it any more, but earlier revisions do. To delete "
    "them: HfApi().super_squash_history('{repo_id}', repo_type='dataset'), then its unused large files under Settings, "
    "Storage on the page of the repository; tags, branches and pull requests keep their own. Who does not "
    "own it asks by 'Report the repository' on that page. Copies that others have are told by removed.csv"
)


def correct(build: Build, address: str, releases: Sequence[Path], redact: Callable[[str], str]) -> bool:
    """Bring a repository in line with what may still be published; gives whether it had to change.

    `ItemError` if the Hub cannot be reached or written now: then the removal stays unfinished.
    """
    try:
        return _correct(build, address.removeprefix(PREFIX), releases, redact)
    except UserError as error:
        raise ItemError(ErrorKind.CONNECT, f"{address}: {error}") from error


def _correct(build: Build, repo_id: str, releases: Sequence[Path], redact: Callable[[str], str]) -> bool:
    there = _Published.now(repo_id)
    if not there.names:
        return False
    release = next((folder for folder in releases if there.is_made_as(folder)), None)
    with TemporaryDirectory(prefix=f"{SCRATCH}{build.workdir.release.name}-", dir=build.workdir.root) as scratch:
        folder = release or _written_anew(build, there, Path(scratch), redact)
        config = PublishConfig(work=build.workdir.root, repo_id=repo_id)
        now = upload(folder, config, build.console, redact).commit if folder else there.withdraw()
    if now != there.commit:
        build.console.warn(HISTORY.format(repo_id=repo_id))
    return now != there.commit


def _written_anew(build: Build, there: "_Published", scratch: Path, redact: Callable[[str], str]) -> Path | None:
    """A release made as the one on the Hub, where none here is; None if no row of it is left."""
    settings = {**stated_settings(there.stated), "repo_id": there.repo_id}
    if redact(str(settings.get("title"))) != settings.get("title"):
        settings.pop("title", None)
    config = PublishConfig(work=build.workdir.root, **settings)  # type: ignore[arg-type]
    selection = select(build.journal, config, build.workdir.root)
    if not (selection.with_pixels or (selection.rows and config.content == "urls")):
        return None
    folder = scratch / "on-the-hub"
    folder.mkdir()
    write_release(build, selection, config, folder, before=there.fetched(scratch / "before"))
    return folder


@dataclass(frozen=True)
class _Published:
    """What is on the Hub."""

    api: "HfApi"
    repo_id: str
    commit: str
    names: Sequence[str]
    """Files of ours."""
    stated: Mapping[str, object]
    """Its `release.json`."""

    @classmethod
    def now(cls, repo_id: str) -> "_Published":
        """Look at the current revision."""
        api = client(to_write=True)
        with refusals_named(repo_id), TemporaryDirectory() as scratch:
            commit = str(api.repo_info(repo_id, repo_type="dataset").sha)
            files = remote.files_at(api, repo_id, commit)
            stated = remote.stated_at(api, HubPlace(repo_id, commit), files, Path(scratch))
        names = sorted(name for name in files if remote.is_ours(name, stated))
        return cls(api, repo_id, commit, names, stated)

    def is_made_as(self, folder: Path) -> bool:
        """Whether a release here has the same settings, but for its title, which may have been blotted out."""
        if not is_release(folder):
            return False
        ours, theirs = read_stated(folder)["settings"], self.stated.get("settings")
        return isinstance(theirs, dict) and all(ours[name] == theirs.get(name) for name in ours if name != "title")

    def fetched(self, folder: Path) -> Path:
        """What a release that follows it must know."""
        with refusals_named(self.repo_id, self.commit):
            for name in set(self.names) & {INVENTORY, ROWS, REMOVED}:
                fetch_file(self.api, HubPlace(self.repo_id, self.commit), name, folder)
        return folder

    def withdraw(self) -> str:
        """Delete every file of the release, the card too: nothing is left that may be published."""
        from huggingface_hub import CommitOperationDelete

        with refusals_named(self.repo_id):
            return self.api.create_commit(
                self.repo_id,
                [CommitOperationDelete(name, is_folder=False) for name in self.names],
                commit_message="Withdraw the release",
                repo_type="dataset",
                parent_commit=self.commit,
            ).oid


def stated_settings(stated: Mapping[str, object]) -> dict[str, object]:
    """The flags of `publish` in an inventory, as far as this version knows them."""
    known = {field.name for field in dataclasses.fields(PublishConfig)}
    settings = stated.get("settings")
    return {name: value for name, value in settings.items() if name in known} if isinstance(settings, dict) else {}
