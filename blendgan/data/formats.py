"""Picture formats by their first bytes: those that are read, and those that are known by name only."""

import re

from blendgan.errors import PictureError, PictureFault

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".jp2", ".j2k", ".jpx"}
)
"""Names of files that are looked at as pictures."""
HEAD_BYTES = 512
"""So many bytes tell every format."""
MAGIC = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"II*\x00": "tif",
    b"MM\x00*": "tif",
    b"II+\x00": "tif",
    b"MM\x00+": "tif",
    b"BM": "bmp",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": "jp2",
    b"\xff\x4f\xff\x51": "jp2",
}
PILLOW_FORMATS = {
    "jpg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "tif": "TIFF",
    "bmp": "BMP",
    "webp": "WEBP",
    "avif": "AVIF",
    "jp2": "JPEG2000",
}
"""Pillow's own name of each format that is read."""
UNREAD = {
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL \r\n\x87\n": "JPEG XL",
    b"8BPS": "Photoshop",
    b"\x00\x00\x01\x00": "icon",
    b"%!PS": "PostScript",
    b"gimp xcf": "GIMP",
    b"\x76\x2f\x31\x01": "OpenEXR",
    b"#?RADIANCE": "Radiance",
    b"qoif": "QOI",
    b"AT&TFORM": "DjVu",
}
"""Pictures that no reader of ours knows, by the name to give in the message."""
HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_SVG = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*|<!--.*?-->\s*|<!doctype\s+svg[^>]*>\s*)*<svg[\s>]", re.I | re.S)


def extension_of(head: bytes) -> str | None:
    """The format that the first `HEAD_BYTES` announce, as a file extension; None if none that is read."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and {b"avif", b"avis"} & _brands(head):
        return "avif"
    return next((extension for magic, extension in MAGIC.items() if head.startswith(magic)), None)


def unread_format_of(head: bytes) -> str | None:
    """The name of a picture format that is not read; None for what is no picture at all."""
    if head[4:8] == b"ftyp" and HEIF_BRANDS & _brands(head):
        return "HEIC"
    if _SVG.match(head):
        return "SVG"
    return next((name for magic, name in UNREAD.items() if head.startswith(magic)), None)


def checked_extension(head: bytes) -> str:
    """The file extension of a readable format, else a `PictureError` that says what the bytes are."""
    if not head:
        raise PictureError(PictureFault.EMPTY, "the file has no bytes")
    extension = extension_of(head)
    if extension is None and (name := unread_format_of(head)):
        raise PictureError(PictureFault.UNSUPPORTED, f"{name} pictures are not read")
    if extension is None:
        raise PictureError(PictureFault.NOT_AN_IMAGE, f"begins with {head[:16]!r}")
    return extension


def _brands(head: bytes) -> set[bytes]:
    """Major and compatible brands of an ISO media file."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))}
