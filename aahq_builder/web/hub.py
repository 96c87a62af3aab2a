"""The Hugging Face Hub: one client, its token from the environment, and one sentence for whatever the Hub refuses."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aahq_builder.errors import UserError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

NAMED = re.compile(r"(?P<name>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[\w./-]+))?", re.ASCII)
TOKEN = "HF_TOKEN"  # noqa: S105 - the variable's name


@dataclass(frozen=True)
class HubPlace:
    """A dataset on the Hub, at a revision."""

    repo_id: str
    revision: str | None = None
    """A branch, a tag or a commit; None: the current one."""

    @classmethod
    def named(cls, words: str) -> "HubPlace | None":
        """`ORG/NAME` or `ORG/NAME@REVISION`; None for other words."""
        found = NAMED.fullmatch(words)
        return cls(found["name"], found["revision"]) if found else None


def client(*, to_write: bool = False) -> "HfApi":
    """The Hub's client. The token comes from $HF_TOKEN and from nowhere else; it is never stored, shown or noted."""
    from huggingface_hub import HfApi
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()  # the console has its own
    token = os.environ.get(TOKEN)
    if to_write and not token:
        raise UserError(f"to write to the Hub, put a token with write access into the environment as {TOKEN}")
    return HfApi(token=token or False, library_name="aahq-build")


def fetch_file(api: "HfApi", place: HubPlace, name: str, folder: Path) -> Path:
    """A file of a dataset, in a folder of its own; what is there already is not fetched again."""
    revision = place.revision
    return Path(api.hf_hub_download(place.repo_id, name, repo_type="dataset", revision=revision, local_dir=folder))


@contextmanager
def refusals_named(repo_id: str, revision: str | None = None, *, so: str = "") -> Iterator[None]:
    """Turn what the Hub refuses into a `UserError` that ends with `so`, what holds all the same."""
    import httpx
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        reason = f"{repo_id} is gated: ask for access on its page, and put your token into {TOKEN}"
        raise UserError(reason + so) from error
    except errors.RevisionNotFoundError as error:
        raise UserError(f"{repo_id} has no revision {revision}{so}") from error
    except errors.RepositoryNotFoundError as error:
        reason = f"there is no dataset {repo_id} on the Hub, or it is private: put your token into {TOKEN}"
        raise UserError(reason + so) from error
    except errors.RemoteEntryNotFoundError as error:
        raise UserError(f"{repo_id} lacks a file that a release of ours has ({_first_line(error)}){so}") from error
    except errors.HfHubHTTPError as error:
        raise UserError(f"the Hub refused {repo_id}: {_first_line(error)}{so}") from error
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError, httpx.TransportError) as error:
        raise UserError(f"the Hub cannot be reached for {repo_id} ({_first_line(error)}){so}") from error


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
