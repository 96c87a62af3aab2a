"""VGG-19's weights against torchvision, which publishes them."""

from pathlib import Path

import pytest

from blendgan.checkpoints.backbone import backbone_file, cached_imagenet


def test_the_file_is_looked_for_where_torchvision_would_leave_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from torchvision.models import VGG19_Weights

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    place = tmp_path / "hub" / "checkpoints" / Path(VGG19_Weights.IMAGENET1K_V1.url).name
    assert cached_imagenet() == place
    assert backbone_file("auto") is None
    place.parent.mkdir(parents=True)
    place.write_bytes(b"weights")
    assert (backbone_file("auto"), backbone_file("random")) == (place, None)
