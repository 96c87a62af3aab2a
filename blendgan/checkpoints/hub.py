"""Models of the Hugging Face Hub as folders on this machine: `hf:ORG/NAME` where a model's folder is named."""

from functools import cache
from pathlib import Path
from typing import Any

from blendgan.data.published import HUB
from blendgan.errors import UserError

FILES = ("config.json", "*/config.json", "*/model.safetensors")


def local(model: Path | str) -> Path:
    """The folder of a model: the one that is named, or, of `hf:ORG/NAME`, the one that it was fetched into."""
    name = str(model)
    return _fetched_once(name.removeprefix(HUB)) if name.startswith(HUB) else Path(model)


def fetched(name: str, **options: Any) -> Path:
    """The model `ORG/NAME` in the library's own cache, which does where the Hub cannot be reached."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=list(FILES), **options))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"{name} is neither a folder nor a model that can be fetched from the Hub ({reason}); "
            "check its name and the network"
        ) from error


@cache
def _fetched_once(name: str) -> Path:
    return fetched(name)
