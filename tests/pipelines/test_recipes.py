"""The recipes of the full scale: what they would run are commands that exist, and each part that is theirs works."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aahq_builder.cli import COMMANDS as BUILD
from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.decisions import KEEP, decide
from aahq_builder.journal import Journal
from aahq_builder.publish.config import PublishConfig
from aahq_builder.workdir import WorkDir
from blendgan.cli import GENERATE, TRAIN
from blendgan.command import CommonConfig
from blendgan.console import Console
from blendgan.data.metadata import rights_of_picture
from blendgan.errors import UserError
from blendgan.training.engine.speed import ADVERSARIAL
from pipelines import build_aahq, train_blendgan
from pipelines.build_aahq import BuildAahqConfig, crawl_command, may_be_published, publish_command
from pipelines.train_blendgan import TrainBlendganConfig, find_reference, first_artwork, reference_of, train_commands
from tests.blendgan.training.small import draw_heads
from tests.drawn_build import drawn_face, make_build, portraits
from tests.drawn_faces import draw_portrait

SCALE_PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
PROGRAMS = {"aahq-build": BUILD, "blendgan-train": TRAIN, "blendgan-generate": GENERATE}


def parsed(command: str) -> CommonConfig:
    """The configuration that a command line gives; wrong flags end the test."""
    program, name, *flags = shlex.split(command)
    return PROGRAMS[program][name].parse(f"{program} {name}", flags)


def publish(work: Path, to: Path, form: str) -> Path:
    config = parsed(f"aahq-build publish --work {work} --to {to} --content pixels --format {form} --quiet")
    BUILD["publish"].load_stage()(config, config.console())
    return to


@pytest.mark.parametrize("scale", ["small", "full"])
def test_every_command_of_the_builder_is_one_that_exists(
    scale: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    flags = ["--scale", scale, "--contact", "me@example.org", "--out", str(tmp_path / "a b"), "--dry-run"]
    config = build_aahq.COMMAND.parse("build_aahq", flags)
    build_aahq.COMMAND.load_stage()(config, config.console())
    lines = capsys.readouterr().out.splitlines()
    names = [shlex.split(line)[1] for line in lines]
    assert names == ["crawl", "align", "filter", "tsne", "publish"]
    assert {parsed(line).work for line in lines} == {tmp_path / "a b" / "work"}  # type: ignore[attr-defined]
    assert not (tmp_path / "a b").exists()


def test_the_full_scale_asks_every_open_collection_for_as_many_works_as_the_page_says():
    config = BuildAahqConfig(scale="full", contact="me@example.org")
    crawl = parsed(crawl_command(config))
    assert isinstance(crawl, CrawlConfig)
    assert (crawl.sources, crawl.limit, crawl.contact, crawl.rate) == ((), 132_000, "me@example.org", None)
    assert f"{config.works:,}" in SCALE_PAGE.read_text()
    release = parsed(publish_command(config))
    assert isinstance(release, PublishConfig)
    assert (release.content, release.version, release.contact) == ("pixels", "1.0.0", "me@example.org")


def test_the_hours_of_the_page_are_those_that_were_measured():
    config = parsed("blendgan-train gan --faces f --artworks a --style-encoder e --out o")
    paper = config.settings  # type: ignore[attr-defined]
    (speed,) = (speed for speed in ADVERSARIAL if speed.size == 1024)
    hours = paper.steps * paper.batch * speed.seconds_per_1000 / 1000 / 3600
    assert f"| {speed.seconds_per_1000} s per 1,000 pictures | {hours:.0f} |" in SCALE_PAGE.read_text()


def test_the_full_scales_want_somebody_who_answers_and_photographs():
    with pytest.raises(UserError, match="give --contact"):
        BuildAahqConfig(scale="full", contact="").check()
    with pytest.raises(UserError, match="needs --faces"):
        TrainBlendganConfig(scale="full").check()


def test_a_full_build_waits_until_people_have_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (face, *_) = make_build(tmp_path / "work", portraits(3))
    waiting = BuildAahqConfig(scale="full", contact="me@example.org", out=tmp_path)
    reviewed = BuildAahqConfig(scale="full", contact="me@example.org", out=tmp_path, reviewed=True)
    assert not may_be_published(waiting, Console())
    assert "3 faces are kept and 0 were decided about" in capsys.readouterr().out
    with pytest.raises(UserError, match="nobody has decided"):
        may_be_published(reviewed, Console())
    assert may_be_published(BuildAahqConfig(out=tmp_path), Console()), "the small scale waits for nobody"
    with Journal(WorkDir(tmp_path / "work").database) as journal:
        decide(journal, [face.face_id], "ann", KEEP)
    assert may_be_published(reviewed, Console())


@pytest.mark.parametrize("scale", ["small", "full"])
def test_every_command_of_the_training_is_one_that_exists(scale: str, tmp_path: Path):
    config = TrainBlendganConfig(
        scale=scale,  # type: ignore[arg-type]
        faces=tmp_path / "my faces",
        artworks=tmp_path / "art",
        init=tmp_path / "sg2",
        out=tmp_path / "out",
    )
    commands = train_commands(config)
    assert [shlex.split(command)[1] for command in commands] == [
        "style-encoder",
        "gan",
        "inversion",
        "finetune",
        "grid",
    ]
    configs = [parsed(command) for command in commands]
    assert configs[1].init == tmp_path / "sg2"  # type: ignore[attr-defined]
    assert {each.faces for each in configs[1:4]} == {tmp_path / "my faces"}  # type: ignore[attr-defined]


def test_the_reference_is_an_artwork_that_keeps_its_licence(tmp_path: Path):
    make_build(tmp_path / "work", portraits(3, license="CC-BY-4.0"))
    for form in ("parquet", "imagefolder"):
        config = TrainBlendganConfig(
            artworks=publish(tmp_path / "work", tmp_path / form, form), out=tmp_path / f"o-{form}"
        )
        find_reference(config)
        pixels = np.asarray(Image.open(reference_of(config)))
        assert any(np.array_equal(pixels, np.asarray(drawn_face(number))) for number in range(3))
        assert rights_of_picture(reference_of(config)) == {"open CC-BY-4.0": 1}


def test_artworks_that_were_withdrawn_are_no_reference(tmp_path: Path):
    draw_heads(tmp_path, 2)
    lines = [{"file_name": "head-00.png", "status": "removed"}, {"file_name": "head-01.png", "rights": "open"}]
    (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    content, facts = first_artwork(tmp_path)
    assert (content, facts["rights"]) == ((tmp_path / "head-01.png").read_bytes(), "open")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no pictures"):
        first_artwork(tmp_path / "empty")


@pytest.mark.campaign
def test_the_small_scales_run_one_after_the_other_and_again(tmp_path: Path):
    (tmp_path / "images").mkdir()
    for seed in range(20):
        Image.fromarray(draw_portrait(seed)).save(tmp_path / "images" / f"portrait-{seed}.png")
    build = BuildAahqConfig(out=tmp_path / "aahq", images=tmp_path / "images", quiet=True)
    train = TrainBlendganConfig(artworks=build.release, out=tmp_path / "blendgan", quiet=True)
    for _ in range(2):
        build_aahq.build_aahq(build, build.console())
        train_blendgan.train_blendgan(train, train.console())
    assert (build.release / "card" / "contact-sheet.jpg").exists()
    for stage in ("style-encoder", "gan", "inversion", "finetune"):
        assert (train.out / stage / "final" / "config.json").exists()
    done = json.loads((train.out / "commands.json").read_text())
    assert len(done) == 5 and all(step["result"] for step in done)
