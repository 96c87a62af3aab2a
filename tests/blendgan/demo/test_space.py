"""A Space holds all that its app needs, names every licence, and takes in nothing that may not be shown."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from huggingface_hub import RepoCard

from blendgan.checkpoints.store import load_generator, save_network
from blendgan.console import Console
from blendgan.demo.config import PageConfig
from blendgan.demo.space import write_space
from blendgan.demo.stage import open_offer
from blendgan.errors import UserError
from pipelines.demo_app import PACKAGES
from tests.demo_server import one_after_the_other, png, ramps, write_model

QUIET = Console(verbosity=-1)
HOSTILE = "| <script>alert(1)</script> [x](https://a.example)"


@pytest.fixture
def config(tmp_path: Path) -> PageConfig:
    """A demo with two styles, one of which says who made it."""
    styles = tmp_path / "styles"
    styles.mkdir()
    for name in ("named", "unnamed"):
        (styles / f"{name}.png").write_bytes(png(ramps(2)))
    line = {"file_name": "named.png", "title": HOSTILE, "license": "CC-BY-4.0", "rights": "open"}
    (styles / "metadata.jsonl").write_text(json.dumps(line) + "\n")
    return PageConfig(
        model=write_model(tmp_path / "weights"), styles=styles, space=tmp_path / "space", license="CC0-1.0"
    )


def export(config: PageConfig) -> Path:
    write_space(config, open_offer(config, QUIET, one_after_the_other), PACKAGES, QUIET)
    assert config.space is not None
    return config.space


def test_the_folder_is_a_space_with_the_model_and_credits(
    config: PageConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    space = export(config)
    card = RepoCard.load(space / "README.md")
    assert (card.data.sdk, card.data.app_file) == ("gradio", "app.py")
    assert "<script>" not in card.content and "](https://a.example" not in card.content
    lines = [json.loads(line) for line in (space / "styles" / "metadata.jsonl").read_text().splitlines()]
    assert sorted(line["license"] for line in lines) == ["CC-BY-4.0", "CC0-1.0"]
    assert load_generator(space / "model").config == load_generator(config.model).config
    needed = (space / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("gradio") for line in needed) and any(line.startswith("torch") for line in needed)
    assert not any(line.startswith(("pytest", "ray")) for line in needed)
    (space / ".git").mkdir()
    (space / ".git" / "HEAD").write_text("a clone stays one")
    assert export(replace(config, styles=None)) == space
    assert not (space / "styles").exists() and (space / ".git" / "HEAD").exists()


def test_the_wheel_is_whole_and_the_same_twice(config: PageConfig, capsys: pytest.CaptureFixture[str]) -> None:
    (first,) = export(config).glob("*.whl")
    content = first.read_bytes()
    (again,) = export(config).glob("*.whl")
    assert again.read_bytes() == content
    with zipfile.ZipFile(again) as wheel:
        names = set(wheel.namelist())
        record = next(name for name in names if name.endswith("RECORD"))
        for line in wheel.read(record).decode().splitlines():
            name, digest, size = line.rsplit(",", 2)
            names.discard(name)
            if name != record:
                found = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(name)).digest()).rstrip(b"=").decode()
                assert (digest, int(size)) == (f"sha256={found}", len(wheel.read(name)))
        assert not names, "every file is on record"
        assert {"pipelines/demo_app.py", "aahq_builder/align/find.py", "data_cards/space_card.md.j2"} <= set(
            wheel.namelist()
        )


def test_what_may_not_be_shown_stops_the_export(config: PageConfig) -> None:
    with pytest.raises(UserError, match=r"no licence is on record for .*unnamed\.png"):
        export(replace(config, license=None))
    save_network(load_generator(config.model), config.model / "generator", rights={"research no licence on record": 4})
    with pytest.raises(UserError, match="research no licence on record"):
        export(config)
    assert config.space is not None and not config.space.exists()


@pytest.mark.campaign
def test_the_app_starts_in_a_fresh_environment(config: PageConfig, tmp_path: Path) -> None:
    """The libraries are those of this environment; the package comes from the Space alone."""
    space = export(config)
    fresh = tmp_path / "fresh"
    subprocess.run([sys.executable, "-m", "venv", fresh], check=True)
    (site,) = fresh.glob("lib/python*/site-packages")
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for path in Path(next(place for place in sys.path if place.endswith("site-packages"))).iterdir():
        if "blendgan" not in path.name and path.suffix != ".pth":
            (libraries / path.name).symlink_to(path)
    (site / "libraries.pth").write_text(f"{libraries}\n")
    port = "7861"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "GRADIO_SERVER_PORT": port
    }
    words = [fresh / "bin" / "python", "-u", space / "app.py"]
    with subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        try:
            line = app.stdout.readline()
            assert f"http://127.0.0.1:{port}" in line
            assert requests.get(f"http://127.0.0.1:{port}/", timeout=60).status_code == 200
            assert (space / ".package" / "pipelines" / "demo_app.py").is_file()
        finally:
            app.terminate()
