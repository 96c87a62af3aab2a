"""Upload a release to the Hugging Face Hub: private first, gated if wished, public only when complete."""

from pathlib import Path

from aahq_builder.errors import UserError
from aahq_builder.publish.config import PublishConfig

STALE = ["data/**", "train/**", "faces.zip", "card/**"]
"""What an earlier version may have left; a face that was taken down must not stay in the newest version."""


def upload(folder: Path, config: PublishConfig) -> str:
    """Upload `folder` to the dataset `config.repo_id` and give its address. Running it again resumes."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError, OfflineModeIsEnabled

    assert config.repo_id is not None
    api = HfApi(library_name="aahq-build")
    try:
        repository = api.create_repo(config.repo_id, repo_type="dataset", private=True, exist_ok=True)
        if config.gated != "no":
            api.update_repo_settings(repository.repo_id, repo_type="dataset", gated=config.gated)
        api.upload_folder(
            repo_id=repository.repo_id,
            repo_type="dataset",
            folder_path=folder,
            commit_message=f"Publish {config.content} as {config.format}",
            delete_patterns=STALE,
        )
        if config.public:
            api.update_repo_settings(repository.repo_id, repo_type="dataset", private=False)
    except (LocalTokenNotFoundError, OfflineModeIsEnabled) as error:
        raise UserError(f"cannot reach the Hub as you ({error}); set HF_TOKEN or run `hf auth login`") from error
    except HfHubHTTPError as error:
        raise UserError(
            f"the Hub refused {config.repo_id}: {error}; the release itself is complete in {folder}"
        ) from error
    return str(repository)
