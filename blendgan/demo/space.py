"""`blendgan-demo --space DIR`: a folder that runs the demo as a Gradio Space of the Hugging Face Hub.

It holds the model, the offered pictures with their licences, the package's wheel and an `app.py`. Spaces install
`requirements.txt` before the other files are there, so `app.py` unpacks the wheel itself.
"""

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import requires, version
from importlib.resources import files
from pathlib import Path

from packaging.requirements import Requirement

from blendgan.checkpoints.store import CONFIG, WEIGHTS, has_network, network_home, read_config, write_model_config
from blendgan.console import Console
from blendgan.data.rights import CLOSED, refuse_closed
from blendgan.demo.config import PageConfig
from blendgan.demo.offer import Offer
from blendgan.demo.references import Reference
from blendgan.demo.style_map import read_positions
from blendgan.demo.wheel import DISTRIBUTION, write_wheel
from blendgan.errors import UserError
from blendgan.inference.pictures import as_png, reduced
from blendgan.out_folder import held

MODEL, STYLES, FACES, MAP = "model", "styles", "faces", "map.parquet"
OURS = (MODEL, STYLES, FACES, MAP)
"""What an earlier export left under these names is replaced; all else in the folder stays, so it may be a clone."""
CREDITED = ("title", "artist", "license", "license_url", "attribution", "page_url")
APP = '''"""Serve the demo: on a Space to everybody, elsewhere to this machine."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE / ".package"
(WHEEL,) = HERE.glob("*.whl")
install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--upgrade"]
subprocess.run([*install, "--target", str(PACKAGE), str(WHEEL)], check=True)
sys.path.insert(0, str(PACKAGE))
os.chdir(HERE)

from pipelines.demo_app import main  # noqa: E402 (it was unpacked just now)

host = "0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1"
sys.argv[1:] = [*{words}, "--host", host, "--port", os.environ.get("GRADIO_SERVER_PORT", "7860")]
main()
'''


@dataclass(frozen=True)
class Shown:
    """A picture in the Space."""

    name: str
    reference: Reference


def write_space(config: PageConfig, offer: Offer, packages: Sequence[str], console: Console) -> None:
    """Write the folder; what may not be shown to everybody stops it before anything is written."""
    assert config.space is not None
    networks = _networks(config)
    rights = _rights(networks, config.i_have_a_legal_basis)
    styles, faces = (
        [Shown(f"{kind}-{k:03d}", reference) for k, reference in enumerate(shown)]
        for kind, shown in (("style", offer.styles), ("face", offer.faces))
    )
    licences = {shown.name: _licence(shown.reference, config.license) for shown in (*styles, *faces)}
    with held(config.space):
        _clear(config.space)
        _copy_model(networks, config.space / MODEL)
        for folder, some in ((STYLES, styles), (FACES, faces)):
            _write_pictures(some, config.space / folder, licences)
        if config.map is not None:
            _write_map(styles, read_positions(config.map), config.space / MAP)
        write_wheel(config.space, packages)
        (config.space / "app.py").write_text(APP.replace("{words}", json.dumps(_flags(config))))
        (config.space / "requirements.txt").write_text("\n".join(_requirements()) + "\n")
        (config.space / "README.md").write_text(_card([*styles, *faces], licences, rights))
    upload = f"hf upload ORG/NAME {config.space} . --repo-type space"
    console.result(
        f"wrote a Space into {config.space}; `{upload}` puts it on the Hub",
        space=config.space,
        styles=len(styles),
        faces=len(faces),
    )


def _networks(config: PageConfig) -> dict[str, Path]:
    """The folders of the networks that the demo uses, by their names."""
    places = {"generator": config.model, "style_encoder": config.style_encoder, "inversion": config.inversion}
    return {
        name: network_home(place or config.model, name)
        for name, place in places.items()
        if place is not None or has_network(config.model, name)
    }


def _rights(networks: Mapping[str, Path], legal_basis: bool) -> dict[str, int]:
    """What the networks were trained on; a `UserError` if they may not be shown to everybody."""
    rights: Counter[str] = Counter()
    for place in networks.values():
        rights |= Counter(read_config(place).get("rights", {}))
    refuse_closed(rights, legal_basis)
    return dict(rights)


def _licence(reference: Reference, fallback: str | None) -> str:
    licence = reference.facts.get("license") or fallback
    if not licence or reference.facts.get("rights") in CLOSED:
        raise UserError(
            f"no licence is on record for {reference.path}, so it may not be put into a Space; give pictures with a "
            "metadata.jsonl, or --license SPDX for those that it does not name"
        )
    return str(licence)


def _clear(space: Path) -> None:
    for name in OURS:
        if (space / name).is_dir():
            shutil.rmtree(space / name)
        else:
            (space / name).unlink(missing_ok=True)
    for wheel in space.glob(f"{DISTRIBUTION.replace('-', '_')}-*.whl"):
        wheel.unlink()


def _copy_model(networks: Mapping[str, Path], model: Path) -> None:
    for name, place in networks.items():
        (model / name).mkdir(parents=True)
        for file in (CONFIG, WEIGHTS):
            shutil.copyfile(place / file, model / name / file)
    write_model_config(model)


def _write_pictures(shown: Sequence[Shown], folder: Path, licences: Mapping[str, str]) -> None:
    """The pictures as PNG, so that nothing else in their files comes along, and who made them."""
    if not shown:
        return
    folder.mkdir()
    lines = []
    for each in shown:
        file = f"{each.name}.png"
        (folder / file).write_bytes(as_png(reduced(each.reference.pixels())))
        credit = {name: each.reference.facts[name] for name in CREDITED if each.reference.facts.get(name)}
        lines.append(json.dumps({"file_name": file} | credit | {"license": licences[each.name]}))
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n")


def _write_map(styles: Sequence[Shown], positions: Mapping[str, tuple[float, float]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    placed = {each.name: positions[stem] for each in styles if (stem := each.reference.path.stem) in positions}
    x, y = zip(*placed.values(), strict=True)
    pq.write_table(pa.table({"face_id": list(placed), "x": x, "y": y}), path)


def _flags(config: PageConfig) -> list[str]:
    """The words of the command that serves this in the Space."""
    words = [MODEL, "--noise", config.noise, "--max-upload-mb", str(config.max_upload_mb)]
    for name, place in ((STYLES, config.styles), (FACES, config.faces), (MAP, config.map)):
        if place is not None:
            words += [f"--{name.removesuffix('.parquet')}", name]
    return words


def _requirements() -> list[str]:
    """What the package and its demo need, as pip reads it."""
    needed = map(Requirement, requires(DISTRIBUTION) or ())
    wanted = [each for each in needed if each.marker is None or each.marker.evaluate({"extra": "demo"})]
    return sorted(f"{each.name}{each.specifier}" for each in wanted)


def plain(text: str) -> str:
    """A stranger's words for Markdown, in which they mean nothing but themselves."""
    return "".join(letter if letter.isalnum() or letter in " .,-" else f"&#{ord(letter)};" for letter in text)


def _card(shown: Sequence[Shown], licences: Mapping[str, str], rights: Mapping[str, int]) -> str:
    from jinja2 import Environment

    credits_ = [
        {"name": each.name, "caption": plain(each.reference.caption), "license": plain(licences[each.name])}
        for each in shown
    ]
    template = files("data_cards").joinpath("space_card.md.j2").read_text()
    return (
        Environment(trim_blocks=True, keep_trailing_newline=True)  # noqa: S701 (Markdown; what strangers wrote is escaped)
        .from_string(template)
        .render(gradio=version("gradio"), pictures=credits_, rights=rights)
    )
