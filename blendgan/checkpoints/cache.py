"""Where weights of others lie on this machine: downloaded by torch.hub and torchvision, or inside a package."""

import importlib.util
from pathlib import Path

from blendgan.errors import UserError


def downloaded(name: str) -> Path:
    """The place of a file that was, or would be, downloaded; `$TORCH_HOME` moves it."""
    import torch  # here, because the dataset builder asks without needing PyTorch for anything else

    return Path(torch.hub.get_dir()) / "checkpoints" / name


def packaged(file: str) -> Path:
    """A file of face_recognition_models, found without importing it: its import needs a module that is gone today."""
    spec = importlib.util.find_spec("face_recognition_models")
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / "models" / file if folders else None
    if path is None or not path.is_file():
        raise UserError(f"{file} is missing; install it with: pip install face-recognition-models==0.3.0")
    return path
