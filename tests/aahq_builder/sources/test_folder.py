"""The user's own folder."""

from pathlib import Path

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.sources.folder import read_file
from tests.aahq_builder.gallery_pictures import drawn


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "sub/../../secret.png", "link.png"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    drawn(1).save(tmp_path / "secret.png")
    (tmp_path / "mine" / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(ItemError) as caught:
        read_file(tmp_path / "mine", name, 1 << 20)
    assert caught.value.kind is ErrorKind.UNSAFE_URL
