"""What a person can fix (`UserError`), what is wrong with one picture (`PictureError`), and what the system refuses."""

import errno
from enum import StrEnum

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of system errors that say that a file cannot grow: disk, quota, limit."""


class UserError(ValueError):
    """A mistake in a setting, a path or an input file.

    The message is one sentence that names the value and the remedy. Commands print it without a
    traceback and exit with 1. Every other exception is a defect of ours and keeps its traceback.
    """


class PictureFault(StrEnum):
    """Why a picture cannot be used: a closed list, of which the builder's error kinds take their names."""

    EMPTY = "empty"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED = "unsupported"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    DECODE = "decode"


class PictureError(Exception):
    """One picture cannot be used, for a reason of the list; others beside it are not concerned."""

    def __init__(self, fault: PictureFault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail

    def __reduce__(self) -> tuple[type["PictureError"], tuple[PictureFault, str]]:
        """Cross a process boundary whole."""
        return type(self), (self.fault, self.detail)
