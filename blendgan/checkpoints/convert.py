"""`blendgan-convert`: official checkpoint files to model folders, and back."""

from pathlib import Path

from blendgan.checkpoints import torch_file
from blendgan.checkpoints.config import ConvertConfig
from blendgan.checkpoints.export import write_official
from blendgan.checkpoints.official import read_official
from blendgan.checkpoints.store import networks_in, save_network, write_model_config
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.out_folder import held


def run(config: ConvertConfig, console: Console) -> None:
    """A file becomes a folder, a folder becomes a `.pt` file."""
    source, target = config.source, config.target
    if not source.exists():
        raise UserError(f"{source} does not exist; name a checkpoint file or a model folder")
    if config.dry_run:
        console.result(f"would convert {source} to {target}")
    elif source.is_dir():
        _to_file(source, target, console)
    else:
        _to_folder(source, target, console)


def _to_folder(source: Path, target: Path, console: Console) -> None:
    if target.suffix in (".pt", ".pkl"):
        raise UserError(f"{target} is named like a file; name a folder for the networks of {source}")
    converted = read_official(source)
    with held(target):
        for name, network in converted.networks.items():
            save_network(network, target / name, origin=source.name)
        write_model_config(target)
    if others := sorted(set(networks_in(target)) - set(converted.networks)):
        console.warn(f"{target} also holds {', '.join(others)} from before; they may not fit")
    for remark in converted.remarks:
        console.info(f"{source}: {remark}")
    names = list(converted.networks)
    console.result(f"converted {source} to {target}: {', '.join(names)}", target=target, networks=names)


def _to_file(source: Path, target: Path, console: Console) -> None:
    if target.suffix != ".pt":
        raise UserError(f"{target} does not end with .pt; official programs read .pt files")
    content = write_official(source)
    try:
        torch_file.write(target, content)
    except OSError as error:
        raise UserError(f"{target} cannot be written ({error.strerror}); name another file") from error
    console.result(f"converted {source} to {target}: {', '.join(content)}", target=target, keys=list(content))
