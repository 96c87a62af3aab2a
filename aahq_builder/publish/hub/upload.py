"""Upload a release: private first, gated where wished, verified by reading it back, and public only then.

Large files go first, and nobody sees them before the commit that names them all; a file that is there already is not
sent again, so that an upload which was killed goes on where it stopped. Only a release of very many files takes
several commits; its card and its inventory come with the last one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aahq_builder.errors import UserError
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.hub import remote
from aahq_builder.publish.hub.card_merge import merge
from aahq_builder.publish.hub.read_back import read_back
from aahq_builder.publish.inventory import read_stated, write_stated
from aahq_builder.web.hub import HubPlace, client, fetch_file, refusals_named
from aahq_builder.workdir import write_atomic
from blendgan.console import Console

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

PREFIX = "hf://datasets/"
"""How addresses of datasets on the Hub begin, as fsspec writes them."""
AGAIN = "run the same command again, it goes on from there"
FILES_PER_COMMIT = 1000
FILES_AT_A_TIME, BYTES_AT_A_TIME = 100, 10**9
"""So many are sent before progress is told; the Hub is asked about each portion once."""


@dataclass(frozen=True)
class Uploaded:
    """What is on the Hub now."""

    address: str
    commit: str


def upload(
    folder: Path, config: PublishConfig, console: Console, redact: Callable[[str], str] = lambda text: text
) -> Uploaded:
    """Bring the dataset `config.repo_id` in line with a release. Running it again resumes.

    What people have written into its card stays, passed through `redact`.
    """
    assert config.repo_id is not None
    api = client(to_write=True)
    with refusals_named(config.repo_id, so=f"; the release itself is complete in {folder}"):
        repository = api.create_repo(config.repo_id, repo_type="dataset", private=True, exist_ok=True)
        _close_gate(api, repository.repo_id, config)
        done = _Upload(api, repository.repo_id, folder, console).run(redact)
        read_back(api, repository.repo_id, done, folder)
        if config.public:
            api.update_repo_settings(repository.repo_id, repo_type="dataset", private=False)
    return Uploaded(str(repository), done)


def _close_gate(api: "HfApi", repo_id: str, config: PublishConfig) -> None:
    """A gate is for the whole repository. What is not asked for stays as it is, but pixels go behind one."""
    is_open = config.gated is None and not api.repo_info(repo_id, repo_type="dataset").gated
    if config.gated == "no":
        api.update_repo_settings(repo_id, repo_type="dataset", gated=False)
    elif config.gate and (config.gated or is_open):
        api.update_repo_settings(repo_id, repo_type="dataset", gated=config.gate)


@dataclass(frozen=True)
class _Upload:
    """One upload under way."""

    api: "HfApi"
    repo_id: str
    folder: Path
    console: Console

    def run(self, redact: Callable[[str], str]) -> str:
        """Send what is missing and commit it; gives the commit that the repository is at then."""
        head = str(self.api.repo_info(self.repo_id, repo_type="dataset").sha)
        files = remote.files_at(self.api, self.repo_id, head)
        with TemporaryDirectory() as scratch:
            stated = remote.stated_at(self.api, HubPlace(self.repo_id, head), files, Path(scratch))
            old = ""
            if remote.CARD in files:
                card = fetch_file(self.api, HubPlace(self.repo_id, head), remote.CARD, Path(scratch))
                old = card.read_text("utf-8", errors="replace")
        # into the release's own card, so that its inventory names the card that is published
        write_card_again(self.folder, merge((self.folder / remote.CARD).read_text("utf-8"), old, redact))
        local = remote.local_files(self.folder)
        changes = remote.changes(self.folder, local, files, stated)
        self.console.info(f"{len(local) - len(changes.put)} of {len(local)} files are on the Hub already")
        return self._commit(changes, head)

    def _commit(self, changes: remote.RepositoryChanges, head: str) -> str:
        """Commit the changes on top of `head`; whoever changed the repository meanwhile makes the Hub refuse."""
        from huggingface_hub import CommitOperationDelete

        names = changes.put
        parts = [names[first : first + FILES_PER_COMMIT] for first in range(0, len(names), FILES_PER_COMMIT)] or [[]]
        deletions = [CommitOperationDelete(name, is_folder=False) for name in changes.delete]
        for number, part in enumerate(parts, start=1):
            last = deletions if number == len(parts) else []
            operations: list[CommitOperationAdd | CommitOperationDelete] = [*self._sent(part), *last]
            if operations:
                of = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
                message = f"Publish {read_stated(self.folder)['settings']['content']}{of}"
                commit = self.api.create_commit(
                    self.repo_id, operations, commit_message=message, repo_type="dataset", parent_commit=head
                )
                head = commit.oid
        return head

    def _sent(self, names: Sequence[str]) -> Iterator["CommitOperationAdd"]:
        """Operations that add these files, the large ones sent beforehand."""
        from huggingface_hub import CommitOperationAdd

        with self.console.progress(len(names), "file") as progress:
            for few in _portions(self.folder, names):
                additions = [CommitOperationAdd(name, self.folder / name) for name in few]
                try:
                    self.api.preupload_lfs_files(self.repo_id, additions, repo_type="dataset")
                except RuntimeError as error:  # the client's word for any fault while bytes are sent
                    reason = f"{error} ({error.__cause__})" if error.__cause__ else str(error)
                    raise UserError(f"the upload to {self.repo_id} broke off: {reason}; {AGAIN}") from error
                progress.advance(len(few))
                yield from additions


def _portions(folder: Path, names: Sequence[str]) -> Iterator[list[str]]:
    """The files in order, as many together as are well sent at once."""
    portion: list[str] = []
    total = 0
    for name in names:
        size = (folder / name).stat().st_size
        if portion and (len(portion) == FILES_AT_A_TIME or total + size > BYTES_AT_A_TIME):
            yield portion
            portion, total = [], 0
        portion.append(name)
        total += size
    if portion:
        yield portion


def write_card_again(folder: Path, card: str) -> None:
    """Put another card into a release, and its hash into the inventory."""
    content = card.encode()
    write_atomic(folder / remote.CARD, content)
    stated = read_stated(folder)
    stated["files"][remote.CARD] = sha256(content).hexdigest()
    write_stated(folder, stated)
