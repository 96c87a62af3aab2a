"""Small pictures of aligned faces, made once and kept in `thumbnails/` of the work folder."""

import base64
from pathlib import Path

import cv2
import numpy as np

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.images import decode
from aahq_builder.workdir import WorkDir, write_atomic

FOLDER = "thumbnails"
THUMBNAIL_PX = 128
JPEG_QUALITY = 85


def thumbnail_path(workdir: WorkDir, face_id: str) -> Path:
    """Where the thumbnail of a face lies."""
    return workdir.root / FOLDER / f"{face_id}.jpg"


def thumbnail(workdir: WorkDir, face_id: str, face_path: str) -> bytes:
    """JPEG bytes of a face, made anew when the face is newer; `ItemError` if it cannot be read."""
    source, target = workdir.root / face_path, thumbnail_path(workdir, face_id)
    try:
        changed = source.stat().st_mtime_ns
    except FileNotFoundError as error:
        raise ItemError(ErrorKind.FILE_MISSING, face_path) from error
    if target.exists() and target.stat().st_mtime_ns >= changed:
        return target.read_bytes()
    content = jpeg(shrink(decode(source).pixels, THUMBNAIL_PX))
    write_atomic(target, content)
    return content


def shrink(pixels: np.ndarray, side: int) -> np.ndarray:
    """A square picture of `side` px, area-averaged when smaller than the source."""
    enlarges = side > min(pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_CUBIC if enlarges else cv2.INTER_AREA))


def jpeg(pixels: np.ndarray, quality: int = JPEG_QUALITY) -> bytes:
    """RGB pixels as JPEG bytes."""
    done, encoded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done, "OpenCV could not encode a thumbnail"
    return encoded.tobytes()


def from_jpeg(content: bytes) -> np.ndarray:
    """RGB pixels of a thumbnail."""
    return np.asarray(cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR_RGB))


def data_uri(content: bytes, kind: str = "jpeg") -> str:
    """Bytes of a picture as an address that a page carries in itself; empty for no bytes."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}" if content else ""
