"""Pictures that a page carries in itself."""

import base64

import pytest

from aahq_builder.thumbnails import data_uri


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_data_uri_gives_kind_and_bytes_back(kind: str) -> None:
    content = bytes(range(256))
    head, _, body = data_uri(content, kind).partition(",")
    assert (head, base64.b64decode(body)) == (f"data:image/{kind};base64", content)


def test_no_bytes_give_no_address() -> None:
    assert data_uri(b"") == ""
