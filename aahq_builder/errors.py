"""What can go wrong with one item, as a closed list, so that a retry is decided by kind and reports add up."""

from enum import StrEnum

from blendgan.errors import PictureFault, UserError

__all__ = ["ADVICE", "ErrorKind", "ItemError", "UserError"]


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
    NOT_AN_IMAGE = PictureFault.NOT_AN_IMAGE.value
    UNSUPPORTED = PictureFault.UNSUPPORTED.value
    TRUNCATED = PictureFault.TRUNCATED.value
    EMPTY = PictureFault.EMPTY.value
    TOO_LARGE = PictureFault.TOO_LARGE.value
    TOO_MANY_PIXELS = PictureFault.TOO_MANY_PIXELS.value
    DECODE = PictureFault.DECODE.value
    HASH_MISMATCH = "hash_mismatch"
    FILE_MISSING = "file_missing"
    DISK = "disk"
    WORKER_CRASH = "worker_crash"
    WORKER_TIMEOUT = "worker_timeout"


ADVICE = {
    ErrorKind.DNS: "these hosts have no address: check the network and the list's spelling; dead sites stay so",
    ErrorKind.CONNECT: "the host refuses or drops connections; it may be down, or block this network: try again later",
    ErrorKind.TIMEOUT: "the host answers too slowly; try a lower --rate, fewer --workers or a longer --timeout-s",
    ErrorKind.TLS: "the host's certificate does not hold; the site's owner has to mend that",
    ErrorKind.HTTP_CHALLENGE: "the site asks for proof of a human visitor; use another source, or ask the site's owner",
    ErrorKind.HTTP_401: "the site wants a login; we use none: choose another source",
    ErrorKind.HTTP_403: "the site refuses; read its terms, and name yourself with --contact, so that it can write",
    ErrorKind.HTTP_404: "dead links; they are not asked for again",
    ErrorKind.HTTP_410: "withdrawn for good; they are not asked for again",
    ErrorKind.HTTP_429: "the host wants fewer requests; a lower --rate gets more done",
    ErrorKind.HTTP_4XX: "the site does not like the request; if it goes on, the source's interface may have changed",
    ErrorKind.HTTP_5XX: "the host has trouble of its own; try again later",
    ErrorKind.ROBOTS: "the site's robots.txt keeps crawlers out; ask its owner, or choose another source",
    ErrorKind.OPT_OUT: "artists or the site have opted out of machine learning; that is final",
    ErrorKind.NO_LICENSE: "these works have no open licence; see --policy in docs/rights.md",
    ErrorKind.NO_PERMISSION: "no written permission covers these works; see --permissions in docs/rights.md",
    ErrorKind.SIGNAL_UNREAD: "something that decides about a work could not be read; try --retry-failed later",
    ErrorKind.TOMBSTONE: "these works were taken down here, and stay away",
    ErrorKind.UNSAFE_URL: "the listing leads to private addresses or other schemes; do not trust this source",
    ErrorKind.REDIRECTS: "the addresses lead in circles; the site has to mend that",
    ErrorKind.NOT_AN_IMAGE: "pages come in place of pictures; the site may want a login, or the selectors are wrong",
    ErrorKind.UNSUPPORTED: "picture formats that are not read here; convert the files, or ask for another size",
    ErrorKind.TRUNCATED: "answers end too early; if it goes on, try fewer --workers",
    ErrorKind.EMPTY: "files without a byte; the site has to mend that",
    ErrorKind.TOO_LARGE: "files larger than --max-mb; raise it if you want them",
    ErrorKind.TOO_MANY_PIXELS: "pictures too large to open safely",
    ErrorKind.DECODE: "damaged pictures; the site has to mend that",
    ErrorKind.HASH_MISMATCH: "the picture is no longer the one that the list means",
    ErrorKind.FILE_MISSING: "files have gone or cannot be reached: list them again, or mount their disk and run align",
    ErrorKind.DISK: "our own disk fails: make room, then --retry-failed",
    ErrorKind.WORKER_CRASH: "a process died of a picture, or of a defect; run again, and report it if it goes on",
    ErrorKind.WORKER_TIMEOUT: "a picture took too long; run again, with a higher --timeout-s if it goes on",
}
"""What to do about each kind, in one sentence; `docs/errors.md` says more."""


class ItemError(Exception):
    """One item has failed for a known reason; its row takes the kind and the detail, and the run goes on."""

    def __init__(self, kind: ErrorKind, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else str(kind))
        self.kind = kind
        self.detail = detail

    def __reduce__(self) -> tuple[type["ItemError"], tuple[ErrorKind, str]]:
        """Cross a process boundary whole."""
        return type(self), (self.kind, self.detail)
