"""What lies over a picture and was not drawn: blocks of strong JPEG compression, lines of text or watermarks."""

import cv2
import numpy as np

from aahq_builder.filter.sharpness import luminance

GRID_PX = 8
VISIBLE_STEP = 1.0
"""Grey levels; in flat art the grid stands out of nothing long before one sees it."""
MAX_SIDE_PX = 512
"""Blocks are looked for in at most this much of the picture; more would not tell more."""
TEXT_SIDE_PX = 256
"""Side to which a face is brought before text is looked for."""
LETTER_PX = (6, 40)
"""Height of letters, px of that side."""
LETTER_ASPECT = (0.08, 1.6)
LETTER_CONTRASTS = (0.08, 0.15, 0.25, 0.4)
"""Letters stand out from what they lie on by one of these; a lower one joins them to strokes of the drawing."""
LETTER_GAP = 1.2
"""Between letters of a line, in heights of the first."""
MIN_LETTERS = 5
STROKE_KERNEL_PX = 9


def blockiness(pixels: np.ndarray) -> float:
    """How much larger steps are on the 8-px grid of JPEG than beside it: 0 without a grid, 1 if twice as large.

    The grid's offset is sought, because pictures are cropped after compression. uint8 RGB [H, W, 3] at its own scale.
    """
    grey = luminance(_middle(pixels, MAX_SIDE_PX)) * 255
    return float(np.mean([_grid_excess(grey), _grid_excess(grey.T)]))


def _grid_excess(grey: np.ndarray) -> float:
    """Of steps along rows: mean on the strongest of eight offsets, relative to the others, minus one."""
    if grey.shape[1] < 4 * GRID_PX:
        return 0.0
    # a change of slope, not a slope: smooth shading crosses block borders without a step
    steps = np.abs(np.diff(grey, n=2, axis=1))
    jumps = np.minimum(steps, 32).mean(axis=0)  # strong edges of the drawing itself must not outweigh the grid
    # a step between two columns shows in the two second differences that straddle it
    jumps = (jumps[:-1] + jumps[1:])[: (len(jumps) - 1) // GRID_PX * GRID_PX]
    by_offset = jumps.reshape(-1, GRID_PX).mean(axis=0)
    strongest = int(by_offset.argmax())
    beside = [by_offset[(strongest + distance) % GRID_PX] for distance in range(2, GRID_PX - 1)]
    return max(0.0, float(by_offset[strongest] / (np.median(beside) + VISIBLE_STEP)) - 1.0)


def text_coverage(aligned: np.ndarray) -> float:
    """Length of the longest line of letter-like marks, in sides of the face: a signature, a caption, a watermark.

    Letters are marks of even height and contrast that stand in a row. Chain mail and teeth can look like them.
    """
    grey = luminance(cv2.resize(aligned, (TEXT_SIDE_PX, TEXT_SIDE_PX), interpolation=cv2.INTER_AREA))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (STROKE_KERNEL_PX, STROKE_KERNEL_PX))
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)
    light = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel)
    lines = [_longest_line(_letters(marks > least)) for marks in (dark, light) for least in LETTER_CONTRASTS]
    return max(lines) / TEXT_SIDE_PX


def _letters(marks: np.ndarray) -> np.ndarray:
    """Boxes [N, 4] (left, top, width, height) of connected marks of a letter's size, from left to right."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(marks.astype(np.uint8))
    width, height, area = boxes[1:, 2], boxes[1:, 3], boxes[1:, 4]
    aspect, filled = width / height, area / (width * height)
    fits = (height >= LETTER_PX[0]) & (height <= LETTER_PX[1]) & (filled > 0.2) & (filled < 0.95)
    fits &= (aspect > LETTER_ASPECT[0]) & (aspect < LETTER_ASPECT[1])
    found = boxes[1:][fits, :4]
    return np.asarray(found[np.argsort(found[:, 0], kind="stable")])


def _longest_line(letters: np.ndarray) -> float:
    """Pixels from the first to the last of the letters that follow each other at one height."""
    longest = 0.0
    for first in range(len(letters)):
        left, _, _, height = letters[first]
        last, count = letters[first], 1
        for letter in letters[first + 1 :]:
            gap = letter[0] - (last[0] + last[2])
            level = abs((letter[1] + letter[3]) - (last[1] + last[3]))  # letters share a base line
            if gap > LETTER_GAP * height:
                break
            if gap >= -1 and level <= 0.2 * height and 0.6 < letter[3] / height < 1.6:
                last, count = letter, count + 1
        if count >= MIN_LETTERS:
            longest = max(longest, float(last[0] + last[2] - left))
    return longest


def _middle(pixels: np.ndarray, side: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    return pixels[top : top + side, left : left + side]
