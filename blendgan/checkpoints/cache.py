"""Where weights lie that torch.hub and torchvision have downloaded."""

from pathlib import Path


def downloaded(name: str) -> Path:
    """The place of a file that was, or would be, downloaded; `$TORCH_HOME` moves it."""
    import torch  # here, because the dataset builder asks without needing PyTorch for anything else

    return Path(torch.hub.get_dir()) / "checkpoints" / name
