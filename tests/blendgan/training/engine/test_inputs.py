import shutil
import zipfile
from pathlib import Path

import pytest

from blendgan.checkpoints.store import save_network
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.training.engine.inputs import Facts, Sources, changed, digest, facts_of_model, identify, refusal

QUIET = Console(verbosity=-1)
TINY = GeneratorConfig(size=8, latent_dim=4, style_dim=4, mapping_layers=1, channel_base=32, channel_max=4)


def facts(out: Path, **given: Path) -> dict[str, Facts]:
    return dict(identify(Sources(pictures=given), out, QUIET).facts)


def test_a_zip_and_a_folder_are_known_by_their_contents_and_nothing_is_written(heads_path: Path, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "heads.zip", "w") as archive:
        for path in sorted(heads_path.iterdir()):
            archive.write(path, path.name)
    found = facts(tmp_path / "run", faces=heads_path, artworks=tmp_path / "heads.zip")
    assert (found["faces"]["files"], found["artworks"]["files"]) == (12, 1)
    shutil.copytree(heads_path, tmp_path / "moved")
    (tmp_path / "heads.zip").rename(tmp_path / "renamed.zip")
    (tmp_path / "moved" / "notes.txt").write_text("no picture")
    assert facts(tmp_path / "run", faces=tmp_path / "moved", artworks=tmp_path / "renamed.zip") == found
    assert not (tmp_path / "run").exists()


def test_a_model_is_the_weights_of_the_networks_that_a_stage_reads(tmp_path: Path):
    for name in ("generator", "discriminator_face", "inversion"):
        save_network(Generator(TINY), tmp_path / "model" / name, rights={"open CC0-1.0": 4})
    names = ("generator", "discriminator_face", "discriminator_style")
    before = facts_of_model(tmp_path / "model", names)
    assert before["networks"].keys() == {"generator", "discriminator_face"}
    assert before["rights"] == {"open CC0-1.0": 4}
    save_network(Generator(TINY), tmp_path / "model" / "inversion")  # not read
    shutil.copytree(tmp_path / "model", tmp_path / "moved")
    assert facts_of_model(tmp_path / "moved", names) == before
    save_network(Generator(TINY), tmp_path / "model" / "generator")
    assert facts_of_model(tmp_path / "model", names)["sha256"] != before["sha256"]
    assert facts_of_model(tmp_path / "moved" / "generator", ("generator",))["networks"].keys() == {"generator"}


def test_what_is_not_there_is_one_sentence(tmp_path: Path):
    with pytest.raises(UserError, match="holds no network"):
        facts_of_model(tmp_path, ("generator", "discriminator_face"))
    with pytest.raises(UserError, match=r"none\.pth is not a file; name one that exists"):
        identify(Sources(pictures={}, files={"arcface": tmp_path / "none.pth"}), tmp_path, QUIET)


def test_inputs_that_are_others_that_came_and_that_went_have_changed():
    before = {"faces": {"sha256": "a"}, "model": {"sha256": "b"}, "arcface": {"sha256": "c"}}
    now = {"faces": {"sha256": "a"}, "model": {"sha256": "x"}, "alexnet": {"sha256": "d"}}
    assert changed(before, now) == ["alexnet", "arcface", "model"]
    assert changed(before, before) == []
    assert digest(before) != digest(now)


def test_a_refusal_names_what_has_changed_and_what_can_be_done():
    before: dict[str, Facts] = {
        "artworks": {"files": 8, "bytes": 4096, "sha256": "0123456789"},
        "backbone": {"weights": "random", "sha256": "random"},
    }
    now: dict[str, Facts] = {"artworks": {"files": 9, "bytes": 5000, "sha256": "fedcba9876"}}
    assert refusal(Path("run"), "artworks", before, now) == (
        "run was begun with another --artworks (8 files, 4,096 bytes, hash 01234567) than there is now "
        "(9 files, 5,000 bytes, hash fedcba98); bring the former back, add --data-changed to go on with this one, "
        "or give another --out"
    )
    assert "another VGG-19 backbone (random weights) than there is now (none)" in refusal(
        Path("run"), "backbone", before, now
    )
