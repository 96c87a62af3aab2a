"""Opt-outs inside pictures are seen in every format that carries them."""

import io

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aahq_builder.rights.embedded import in_picture

PLUS = "http://ns.useplus.org/ldf/vocab/"
PROHIBITED = "DMI-PROHIBITED-AIMLTRAINING"


def packet(inner: str, attributes: str = "") -> str:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"'
        f' xmlns:tdm="http://www.w3.org/ns/tdmrep/" {attributes}>{inner}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    )


STATEMENTS = {
    "attribute": packet("", f'plus:DataMining="{PLUS}{PROHIBITED}"'),
    "element": packet(f"<plus:DataMining>{PLUS}{PROHIBITED}</plus:DataMining>"),
    "resource": packet(f'<plus:DataMining rdf:resource="{PLUS}DMI-PROHIBITED"/>'),
    "constraint": packet("", f'plus:DataMining="{PLUS}DMI-PROHIBITED-SEECONSTRAINT"'),
    "tdm attribute": packet("", 'tdm:reservation="1"'),
    "tdm element": packet('<tdm:reservation rdf:datatype="int"> 1 </tdm:reservation>'),
    "tdm true": packet("<tdm:reservation>true</tdm:reservation>"),
}
SILENT = {
    "allowed": packet("", f'plus:DataMining="{PLUS}DMI-ALLOWED"'),
    "unspecified": packet("", f'plus:DataMining="{PLUS}DMI-UNSPECIFIED"'),
    "not reserved": packet("", 'tdm:reservation="0"'),
    "ten": packet("", 'tdm:reservation="10"'),
    "title": packet("<dc:title>reservation at 1 o'clock</dc:title>"),
}


def drawn() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8))


def saved(format: str, **options: object) -> bytes:  # noqa: A002
    content = io.BytesIO()
    drawn().save(content, format, **options)
    return content.getvalue()


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_form_of_the_statement_is_read(name: str) -> None:
    assert in_picture(saved("JPEG", xmp=STATEMENTS[name].encode()))


@pytest.mark.parametrize("name", SILENT)
def test_other_statements_do_not_opt_out(name: str) -> None:
    assert in_picture(saved("JPEG", xmp=SILENT[name].encode())) is None


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "TIFF"])
def test_packets_are_found_where_each_format_puts_them(format: str) -> None:  # noqa: A002
    xmp = STATEMENTS["element"].encode()
    options = {"tiffinfo": {700: xmp}} if format == "TIFF" else {"xmp": xmp}
    assert in_picture(saved(format, **options)) == f"plus:DataMining: {PROHIBITED}"
    assert in_picture(saved(format)) is None


@pytest.mark.parametrize("packed", [False, True])
def test_text_chunks_of_png_are_read_packed_or_not(packed: bool) -> None:
    texts = PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", STATEMENTS["element"], zip=packed)
    assert in_picture(saved("PNG", pnginfo=texts)) == f"plus:DataMining: {PROHIBITED}"
    old = PngInfo()
    old.add_text("Raw profile type xmp", STATEMENTS["element"], zip=packed)
    assert in_picture(saved("PNG", pnginfo=old))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_packets_may_be_written_in_utf_16(encoding: str) -> None:
    assert in_picture(b"\xff\xd8" + STATEMENTS["tdm element"].encode(encoding))


def test_a_bomb_of_text_is_not_unpacked_whole() -> None:
    texts = PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", " " * (64 << 20) + STATEMENTS["element"], zip=True)
    assert in_picture(saved("PNG", pnginfo=texts)) is None


def credentials(entry: str, use: str) -> bytes:
    """An entry of a training and data mining assertion as CBOR: key, map of one, `use`, value."""
    key, value = entry.encode(), use.encode()
    return b"\x78" + bytes([len(key)]) + key + b"\xa1\x63use" + bytes([0x60 + len(value)]) + value


@pytest.mark.parametrize(("use", "denies"), [("notAllowed", True), ("constrained", True), ("allowed", False)])
@pytest.mark.parametrize("entry", ["c2pa.ai_generative_training", "cawg.ai_training", "c2pa.data_mining"])
def test_content_credentials_are_read(entry: str, use: str, denies: bool) -> None:
    other = credentials("c2pa.ai_inference", "notAllowed")
    assert bool(in_picture(saved("JPEG") + credentials(entry, use) + other)) is denies
    written = b'{"' + entry.encode() + b'": {"use": "' + use.encode() + b'"}}'
    assert bool(in_picture(saved("JPEG") + written)) is denies
