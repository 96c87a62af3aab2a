import json
from pathlib import Path

import pytest
from PIL import Image

from blendgan.errors import UserError
from blendgan.training.gan.finetune import open_reference
from blendgan.training.gan.finetune_config import TrainFinetuneConfig


def config(reference: Path) -> TrainFinetuneConfig:
    return TrainFinetuneConfig(out=Path("run"), model=Path("model"), faces=Path("faces"), reference=reference)


def test_the_reference_is_a_set_of_one_picture_with_rights_of_its_own(tmp_path: Path):
    Image.new("RGB", (16, 16)).save(tmp_path / "style.png")
    (tmp_path / "other.png").write_bytes(b"not looked at")
    assert open_reference(config(tmp_path / "style.png"), 16).rights == {"unknown no licence on record": 1}
    rows = [{"file_name": "other.png", "rights": "open"}, {"file_name": "style.png", "rights": "research"}]
    (tmp_path / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    reference = open_reference(config(tmp_path / "style.png"), 16)
    assert len(reference) == 1
    assert reference.rights == {"research no licence on record": 1}


def test_a_reference_that_cannot_be_trained_on_is_one_sentence(tmp_path: Path):
    Image.new("RGB", (20, 16)).save(tmp_path / "wide.png")
    with pytest.raises(UserError, match=r"--reference .*wide\.png: 20x16 px is not square"):
        open_reference(config(tmp_path / "wide.png"), 16)
