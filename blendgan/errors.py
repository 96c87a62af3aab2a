"""The one exception that means 'the person at the keyboard can fix this', and what else is not our defect."""

import errno

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of system errors that say that a file cannot grow: disk, quota, limit."""


class UserError(ValueError):
    """A mistake in a setting, a path or an input file.

    The message is one sentence that names the value and the remedy. Commands print it without a
    traceback and exit with 1. Every other exception is a defect of ours and keeps its traceback.
    """
