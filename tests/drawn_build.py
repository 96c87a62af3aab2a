"""A finished build in miniature: drawn originals and faces in a work folder, as crawl, align and filter leave it."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Score
from aahq_builder.review.repair import row_columns
from aahq_builder.workdir import WorkDir

LICENSE_URLS = {"CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/"}
PALETTES = ((190, 90, 60), (60, 110, 190), (90, 170, 80), (200, 180, 70), (140, 80, 170))
ORIGINAL_PX = 200
EYES = ((80.0, 78.0), (120.0, 78.0))


@dataclass(frozen=True)
class Portrait:
    """What a test wants to say about one drawn artwork; the rest follows."""

    number: int
    license: str | None = "CC0-1.0"
    rights: str = "open"
    source: str = "met"
    title: str = "Portrait"
    artist: str | None = None
    rejected: str = ""
    status: str = "fetched"


def drawn_face(number: int, size: int = 64) -> Image.Image:
    """A head of its own colours and proportions; two numbers of one palette look like one artist's work."""
    rng = np.random.default_rng(number)
    base = np.array(PALETTES[number % len(PALETTES)])
    tint = [tuple(int(v) for v in np.clip(base + rng.integers(-30, 30, 3) + shift, 0, 255)) for shift in (60, -50, -90)]
    image = Image.new("RGB", (size, size), tint[1])
    draw = ImageDraw.Draw(image)
    half, third = size // 2, size // 3
    draw.ellipse((half - third, size // 8, half + third, size - size // 10), fill=tint[0], outline=tint[2], width=2)
    for eye in (half - size // 6, half + size // 6):
        draw.ellipse((eye - 4, size * 2 // 5 - 3, eye + 4, size * 2 // 5 + 3), fill=tint[2])
    draw.arc((half - size // 6, size // 2, half + size // 6, size * 3 // 4), 20, 160, fill=tint[2], width=3)
    return image


def landmarks() -> np.ndarray:
    """68 points on the drawn face, in the original's pixels: jaw, brows, nose, eyes, mouth as iBUG numbers them."""
    jaw = _arc((100, 92), (40, 46), 180, 0, 17)
    brows = np.concatenate([_arc((80, 70), (9, 3), 180, 360, 5), _arc((120, 70), (9, 3), 180, 360, 5)])
    nose = np.concatenate([np.linspace((100, 80), (100, 95), 4), np.linspace((94, 98), (106, 98), 5)])
    eyes = np.concatenate([_ring(EYES[0], 6), _ring(EYES[1], 6)])
    lips = np.concatenate([_arc((100, 110), (18, 5), 180, 360, 7), _arc((100, 110), (15, 6), 30, 150, 5)])
    inner = np.concatenate([_arc((100, 110), (15, 2), 180, 360, 5), _arc((100, 110), (12, 2), 45, 135, 3)])
    return np.round(np.concatenate([jaw, brows, nose, eyes, lips, inner]), 2)


def _arc(centre: tuple[float, float], radii: tuple[float, float], start: float, end: float, count: int) -> np.ndarray:
    angles = np.radians(np.linspace(start, end, count))
    return np.array(centre) + np.stack([radii[0] * np.cos(angles), radii[1] * np.sin(angles)], axis=1)


def _ring(centre: tuple[float, float], count: int) -> np.ndarray:
    return np.array(centre) + np.array([[-4, 0], [-2, -2], [2, -2], [4, 0], [2, 2], [-2, 2]])[:count]


def artwork_of(portrait: Portrait, workdir: WorkDir) -> Artwork:
    """Draw the original and describe it."""
    source_id = f"{portrait.source}/{portrait.number}"
    artwork_id = f"{portrait.source}-{hashlib.sha256(source_id.encode()).hexdigest()[:16]}"
    original = Image.new("RGB", (ORIGINAL_PX, ORIGINAL_PX), (240, 235, 220))
    original.paste(drawn_face(portrait.number, 120), (40, 30))
    scratch = workdir.root / "scratch.png"
    scratch.parent.mkdir(parents=True, exist_ok=True)
    original.save(scratch)
    sha256 = hashlib.sha256(scratch.read_bytes()).hexdigest()
    path = workdir.original(sha256, "png")
    (workdir.root / path).parent.mkdir(parents=True, exist_ok=True)
    scratch.replace(workdir.root / path)
    return Artwork(
        artwork_id=artwork_id,
        source=portrait.source,
        source_id=source_id,
        page_url=f"https://museum.example/{portrait.number}",
        image_url=f"https://museum.example/{portrait.number}.png",
        title=portrait.title,
        artist=portrait.artist or f"Artist {portrait.number % len(PALETTES)}",
        date="1890",
        attribution=f"Artist {portrait.number % len(PALETTES)}, Museum of Examples",
        license=portrait.license,
        license_url=LICENSE_URLS.get(portrait.license or ""),
        rights=portrait.rights,
        policy="open",
        rights_evidence=[{"signal": "license_field", "value": portrait.license}],
        status=portrait.status,
        sha256=sha256,
        pixel_sha256=hashlib.sha256(np.asarray(original).tobytes()).hexdigest(),
        width=ORIGINAL_PX,
        height=ORIGINAL_PX,
        path=path,
        fetched_at="2026-11-01T12:00:00+00:00",
        faces_found=1,
        align_version="1-test",
    )


def face_of(artwork: Artwork, portrait: Portrait, workdir: WorkDir) -> Face:
    """Write the aligned face and describe it."""
    face_id = f"{artwork.artwork_id}-0"
    path = workdir.root / workdir.face(face_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn_face(portrait.number).save(path)
    return Face(
        face_id=face_id,
        artwork_id=artwork.artwork_id,
        detector="drawn",
        landmark_model="drawn-68",
        confidence=1.0 - portrait.number / 1000,
        path=workdir.face(face_id),
        rejected=portrait.rejected,
        **row_columns(landmarks(), ORIGINAL_PX, ORIGINAL_PX),
    )


def make_build(work: Path, portraits: list[Portrait]) -> list[Face]:
    """Fill a work folder with these portraits; gives the faces in the portraits' order."""
    workdir = WorkDir(work)
    faces = []
    with Journal(workdir.database) as journal, journal.transaction():
        for portrait in portraits:
            artwork = artwork_of(portrait, workdir)
            face = face_of(artwork, portrait, workdir)
            sharpness = Score(face_id=face.face_id, name="sharpness", value=float(portrait.number), version="1")
            journal.insert([artwork, face, sharpness])
            faces.append(face)
    return faces


def portraits(count: int, **shared: object) -> list[Portrait]:
    """`count` ordinary portraits."""
    return [replace(Portrait(number), **shared) for number in range(count)]  # type: ignore[arg-type]
