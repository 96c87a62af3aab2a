"""Sound pictures in files that Pillow refuses: a JPEG without its last two bytes, a PNG with huge notes or profile."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import simplejpeg

END_OF_IMAGE = b"\xff\xd9"
TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
EXIF_KEYWORD = b"Raw profile type exif"
"""Old writers keep the orientation in a text of this name."""
MAX_PROFILE_BYTES = 16_000_000


@dataclass(frozen=True)
class Salvaged:
    """A file that Pillow reads, and the colour profile that had to be taken out of it."""

    content: bytes
    profile: bytes | None = None


def salvage(content: bytes, extension: str) -> Salvaged | None:
    """The same picture in a file without its peculiarity; None if there is nothing of that kind about it."""
    if extension == "jpg":
        return _with_end(content)
    return _without_notes(content) if extension == "png" else None


def _with_end(content: bytes) -> Salvaged | None:
    """A JPEG that lacks nothing but its end marker: libjpeg then has no complaint about a single block."""
    whole = content + END_OF_IMAGE
    try:
        colours = simplejpeg.decode_jpeg_header(whole)[2]
        simplejpeg.decode_jpeg(whole, "CMYK" if colours in ("CMYK", "YCCK") else "RGB", strict=True)
    except ValueError:
        return None
    return Salvaged(whole)


def _without_notes(content: bytes) -> Salvaged | None:
    """A PNG without its texts and, if that is larger than Pillow allows, its profile."""
    kept, profile, removed = [content[:8]], None, 0
    for kind, body, whole in _chunks(content):
        is_note = kind in TEXT_CHUNKS and not body.startswith(EXIF_KEYWORD)
        if kind == b"iCCP":
            profile = _inflated_profile(body)
        if is_note or kind == b"iCCP":
            removed += 1
        else:
            kept.append(whole)
    return Salvaged(b"".join(kept), profile) if removed else None


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Kind, body and all bytes of each chunk; what follows the last whole one comes as it is."""
    at = 8
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        end = at + 12 + length
        yield content[at + 4 : at + 8], content[at + 8 : end - 4], content[at:end]
        at = end


def _inflated_profile(body: bytes) -> bytes | None:
    """The profile of an iCCP chunk (name, 0, method, stream); None if it is damaged or beyond all measure."""
    _, _, rest = body.partition(b"\0")
    stream = zlib.decompressobj()
    try:
        profile = stream.decompress(rest[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if stream.eof else None
