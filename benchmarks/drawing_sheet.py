"""A contact sheet of some faces as they are, in the ten styles of `drawing_styles.py` and in twelve techniques.

python benchmarks/drawing_sheet.py [FACES] [SHEET.jpg]      default: the demo's faces, drawing-sheet.jpg
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from blendgan.data.folder import ImageFolder, open_folder
from pipelines.demo_config import DemoConfig
from pipelines.drawing.drawing_styles import STYLES
from pipelines.drawing.painting_techniques import TECHNIQUES

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
    """Draw the sheet."""
    faces = open_folder(Path(sys.argv[1]) if len(sys.argv) > 1 else DemoConfig().faces, SIZE)
    sheet = Path(sys.argv[2] if len(sys.argv) > 2 else "drawing-sheet.jpg")
    contact_sheet(faces).save(sheet, quality=80)
    print(
        json.dumps({"compares": "nothing", "styles": len(STYLES), "techniques": len(TECHNIQUES), "sheet": str(sheet)})
    )


if __name__ == "__main__":
    main()
