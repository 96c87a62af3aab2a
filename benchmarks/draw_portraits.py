"""Aligned faces drawn in fixed styles, as a set of artworks whose styles are known.

python benchmarks/draw_portraits.py FOLDER [FACES]      default: the demo's faces

Writes `FOLDER/STYLE/FACE.png` in the ten styles of `drawing_styles.py`, and a contact sheet of these and of
`painting_techniques.py` beside the folder. A GAN that learns from these must separate drawing from face.
"""

import json
import sys
from pathlib import Path

import numpy as np
from drawing_styles import STYLES
from painting_techniques import TECHNIQUES
from PIL import Image

from blendgan.data.folder import ImageFolder, open_folder
from pipelines.demo import DemoConfig

SIZE, SHEET_FACES = 128, (3, 40, 61)
"""Side of the drawings in px; the faces of the sheet."""


def contact_sheet(faces: ImageFolder) -> Image.Image:
    """Some faces as they are and in every style, a row for each face; techniques below styles."""
    pictures = [faces.read(k % len(faces)) for k in SHEET_FACES]
    rows = [
        np.concatenate([picture, *(way(picture) for way in ways.values())], axis=1)
        for ways in (STYLES, TECHNIQUES)
        for picture in pictures
    ]
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    return Image.fromarray(np.concatenate(padded))


def main() -> None:
    """Draw every face in every style."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out = Path(sys.argv[1])
    faces = open_folder(Path(sys.argv[2]) if len(sys.argv) > 2 else DemoConfig().faces, SIZE)
    for name, style in STYLES.items():
        (out / name).mkdir(parents=True, exist_ok=True)
        for index in range(len(faces)):
            Image.fromarray(style(faces.read(index))).save(out / name / f"{index:04d}.png")
    contact_sheet(faces).save(out.with_name(f"{out.name}-sheet.jpg"), quality=80)
    print(json.dumps({"compares": "nothing", "styles": len(STYLES), "faces": len(faces), "drawings": str(out)}))


if __name__ == "__main__":
    main()
