"""Opt-outs that travel inside a picture: in XMP IPTC/PLUS `plus:DataMining` and `tdm:reservation`; content credentials.

https://iptc.org/std/photometadata/documentation/guidelines-for-genai-opt-out. XMP packets are found by their text
wherever a format puts them (JPEG, PNG, WebP, TIFF, GIF, AVIF), so that no parser of metadata has to be trusted; those
that PNG compresses are unpacked first, under a limit.
"""

import re
import zlib
from collections.abc import Iterator

MAX_UNPACKED_BYTES = 1 << 20
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
PROHIBITED = re.compile(r"DMI-PROHIBITED[A-Z-]{0,60}", re.IGNORECASE)
"""All values of the PLUS vocabulary that prohibit mining, AI training among them; also those with constraints."""
NOT_ALLOWED = re.compile(
    rb"(?:c2pa|cawg)\.(?:ai_generative_training|ai_training|data_mining).{0,16}?(?:notAllowed|constrained)", re.DOTALL
)
"""An entry of the training and data mining assertion of content credentials, in CBOR or JSON."""
RESERVED_ATTRIBUTE = re.compile(r"""reservation\s{0,9}=\s{0,9}["']\s{0,9}(?:1|true)\b""", re.IGNORECASE)
RESERVED_CONTENT = re.compile(r"\s{0,99}(?:1|true)\b", re.IGNORECASE)


def in_picture(content: bytes) -> str | None:
    """What the metadata of a picture says against machine learning; None if it says nothing."""
    has_credentials = b"c2pa." in content or b"cawg." in content  # far faster than the expression, and rarely true
    if has_credentials and (found := NOT_ALLOWED.search(content)):
        return f"content credentials: {found[0][:40].decode('ascii', errors='replace')}"
    for packet in _packets(content):
        for encoding in ENCODINGS:
            for text in _described(packet, encoding):
                if value := PROHIBITED.search(text):
                    return f"plus:DataMining: {value[0]}"
                if _is_reserved(text):
                    return "tdm:reservation: 1"
    return None


def _is_reserved(text: str) -> bool:
    """Whether an attribute or an element named `reservation` holds 1. One pass over the text, whatever it is."""
    for part in text.split("<"):
        tag, _, content = part.partition(">")
        name = tag.partition(" ")[0].partition("\n")[0].rstrip("/").rpartition(":")[2]
        if name.casefold() == "reservation" and RESERVED_CONTENT.match(content):
            return True
        if RESERVED_ATTRIBUTE.search(tag):
            return True
    return False


def _described(packet: bytes, encoding: str) -> Iterator[str]:
    """The text from the first description of an RDF document to its last one, in this encoding."""
    begin, end = packet.find("<rdf:RDF".encode(encoding)), packet.rfind("</rdf:RDF".encode(encoding))
    if 0 <= begin < end:
        yield packet[begin:end].decode(encoding, errors="replace")


def _packets(content: bytes) -> Iterator[bytes]:
    yield content
    if content.startswith(PNG_SIGNATURE):
        yield from _unpacked_texts(content)


def _unpacked_texts(content: bytes) -> Iterator[bytes]:
    """The compressed text chunks of a PNG file, unpacked."""
    position = len(PNG_SIGNATURE)
    while position + 8 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        kind, data = content[position + 4 : position + 8], content[position + 8 : position + 8 + length]
        position += length + 12
        _keyword, _, rest = data.partition(b"\0")
        if kind == b"zTXt":
            packed = rest[1:]
        elif kind == b"iTXt" and rest[:1] == b"\x01":  # compressed; then a method, a language and a translated keyword
            packed = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        else:
            continue
        try:
            yield zlib.decompressobj().decompress(packed, MAX_UNPACKED_BYTES)
        except zlib.error:
            continue  # a damaged text chunk says nothing; the picture itself is judged by its decoder
