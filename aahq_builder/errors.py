"""What can go wrong with one item, as a closed list, so that a retry is decided by kind and reports add up."""

from enum import StrEnum

from blendgan.errors import UserError

__all__ = ["ErrorKind", "ItemError", "UserError"]


class ErrorKind(StrEnum):
    """Why an artwork has no file or no faces; `docs/errors.md` tells causes and remedies."""

    DNS = "dns"
    CONNECT = "connect"
    TIMEOUT = "timeout"
    TLS = "tls"
    HTTP_CHALLENGE = "http_403_challenge"
    HTTP_401 = "http_401"
    HTTP_403 = "http_403"
    HTTP_404 = "http_404"
    HTTP_410 = "http_410"
    HTTP_429 = "http_429"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    ROBOTS = "robots"
    OPT_OUT = "opt_out"
    NO_LICENSE = "no_license"
    NO_PERMISSION = "no_permission"
    SIGNAL_UNREAD = "signal_unread"
    TOMBSTONE = "tombstone"
    UNSAFE_URL = "unsafe_url"
    REDIRECTS = "too_many_redirects"
    NOT_AN_IMAGE = "not_an_image"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    DECODE = "decode"
    HASH_MISMATCH = "hash_mismatch"
    FILE_MISSING = "file_missing"
    DISK = "disk"
    WORKER_CRASH = "worker_crash"
    WORKER_TIMEOUT = "worker_timeout"


class ItemError(Exception):
    """One item has failed for a known reason; its row takes the kind and the detail, and the run goes on."""

    def __init__(self, kind: ErrorKind, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else str(kind))
        self.kind = kind
        self.detail = detail

    def __reduce__(self) -> tuple[type["ItemError"], tuple[ErrorKind, str]]:
        """Cross a process boundary whole."""
        return type(self), (self.kind, self.detail)
