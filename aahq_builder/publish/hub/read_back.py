"""Read a release back from the Hub: every file's hash, and the first row of every split as `datasets` gives it."""

from pathlib import Path
from typing import TYPE_CHECKING

from aahq_builder.errors import UserError
from aahq_builder.publish.hub import remote

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def read_back(api: "HfApi", repo_id: str, commit: str, folder: Path) -> None:
    """`UserError` if the commit does not hold the release, or if readers would not get at it."""
    local = remote.local_files(folder)
    files = remote.files_at(api, repo_id, commit)
    differing = remote.changes(folder, local, files, {"files": local})
    if wrong := [*differing.put, *differing.delete]:
        raise UserError(
            f"{repo_id} does not hold what was uploaded ({', '.join(wrong[:5])}); run the same command again"
        )
    for configuration, split in _promised(folder):
        _first_row(api, repo_id, commit, configuration, split)


def _promised(folder: Path) -> list[tuple[str, str]]:
    """Configurations and splits that the card names."""
    from huggingface_hub import DatasetCard

    configurations = DatasetCard.load(folder / remote.CARD).data.get("configs") or []
    return [(entry["config_name"], files["split"]) for entry in configurations for files in entry["data_files"]]


def _first_row(api: "HfApi", repo_id: str, commit: str, configuration: str, split: str) -> None:
    from datasets import load_dataset

    try:
        rows = load_dataset(
            repo_id, configuration, split=split, revision=commit, streaming=True, token=api.token or None
        )
        next(iter(rows))
    except Exception as error:
        why = " ".join(str(error).split())[:300]
        raise UserError(
            f"{repo_id} was uploaded, but `datasets` cannot read {configuration}/{split} from there ({why}); "
            "it was not made public"
        ) from error
