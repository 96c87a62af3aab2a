"""Average descriptors of portraits, which are subtracted before descriptors are compared.

Taken from the portraits of Battle for Wesnoth and its campaigns. They only decide which pairs become candidates, never
which are duplicates, so any average of portraits serves.
"""

import numpy as np

from aahq_builder.filter.sketch import CELLS, DIRECTIONS

_FACE = (
    (69, 87, 76, 54, 45, 28, 25, 34),  # row 0, column 0
    (54, 62, 69, 74, 78, 58, 41, 36),  # row 0, column 1
    (54, 36, 41, 58, 78, 74, 69, 62),  # row 0, column 2
    (69, 34, 25, 28, 45, 54, 76, 87),  # row 0, column 3
    (86, 84, 62, 48, 51, 40, 37, 54),  # row 1, column 0
    (63, 64, 61, 71, 88, 75, 53, 52),  # row 1, column 1
    (63, 52, 53, 75, 88, 71, 61, 64),  # row 1, column 2
    (86, 54, 37, 40, 51, 48, 62, 84),  # row 1, column 3
    (99, 67, 41, 31, 38, 36, 52, 86),  # row 2, column 0
    (78, 65, 57, 63, 72, 66, 60, 74),  # row 2, column 1
    (78, 74, 60, 66, 72, 63, 57, 65),  # row 2, column 2
    (99, 86, 52, 36, 38, 31, 41, 67),  # row 2, column 3
    (96, 53, 32, 24, 30, 32, 60, 89),  # row 3, column 0
    (80, 54, 50, 59, 69, 60, 64, 79),  # row 3, column 1
    (80, 79, 64, 60, 69, 59, 50, 54),  # row 3, column 2
    (96, 89, 60, 32, 30, 24, 32, 53),  # row 3, column 3
)
_WORK = (
    (43, 45, 38, 32, 25, 21, 24, 32),  # row 0, column 0
    (69, 68, 60, 57, 54, 48, 49, 57),  # row 0, column 1
    (69, 57, 49, 48, 54, 57, 60, 68),  # row 0, column 2
    (43, 32, 24, 21, 25, 32, 38, 45),  # row 0, column 3
    (73, 73, 55, 40, 32, 33, 40, 53),  # row 1, column 0
    (88, 84, 69, 58, 52, 55, 64, 76),  # row 1, column 1
    (88, 76, 64, 55, 52, 58, 69, 84),  # row 1, column 2
    (73, 53, 40, 33, 32, 40, 55, 73),  # row 1, column 3
    (96, 78, 49, 37, 35, 38, 46, 64),  # row 2, column 0
    (99, 84, 63, 53, 52, 56, 64, 81),  # row 2, column 1
    (99, 81, 64, 56, 52, 53, 63, 84),  # row 2, column 2
    (96, 64, 46, 38, 35, 37, 49, 78),  # row 2, column 3
    (111, 72, 39, 29, 30, 31, 40, 61),  # row 3, column 0
    (119, 82, 55, 46, 44, 47, 54, 76),  # row 3, column 1
    (119, 76, 54, 47, 44, 46, 55, 82),  # row 3, column 2
    (111, 61, 40, 31, 30, 29, 39, 72),  # row 3, column 3
)

AVERAGE_FACE = np.array(_FACE, np.float32).reshape(CELLS, CELLS, DIRECTIONS)
AVERAGE_WORK = np.array(_WORK, np.float32).reshape(CELLS, CELLS, DIRECTIONS)
