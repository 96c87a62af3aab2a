"""What to do about each kind of error, in one sentence; `docs/errors.md` says more."""

from aahq_builder.errors import ErrorKind

_KIND = ErrorKind
ADVICE = {
    _KIND.DNS: "these hosts have no address: check the network and the list's spelling; dead sites stay so",
    _KIND.CONNECT: "the host refuses or drops connections; it may be down, or block this network: try again later",
    _KIND.TIMEOUT: "the host answers too slowly; try a lower --rate, fewer --workers or a longer --timeout-s",
    _KIND.TLS: "the host's certificate does not hold; the site's owner has to mend that",
    _KIND.HTTP_CHALLENGE: "the site asks for proof of a human visitor; use another source, or ask the site's owner",
    _KIND.HTTP_401: "the site wants a login; we use none: choose another source",
    _KIND.HTTP_403: "the site refuses; read its terms, and name yourself with --contact so that it can write to you",
    _KIND.HTTP_404: "dead links; they are not asked for again",
    _KIND.HTTP_410: "withdrawn for good; they are not asked for again",
    _KIND.HTTP_429: "the host wants fewer requests; a lower --rate gets more done",
    _KIND.HTTP_4XX: "the site does not like the request; if it goes on, the source's interface may have changed",
    _KIND.HTTP_5XX: "the host has trouble of its own; try again later",
    _KIND.ROBOTS: "the site's robots.txt keeps crawlers out; ask its owner, or choose another source",
    _KIND.OPT_OUT: "artists or the site have opted out of machine learning; that is final",
    _KIND.NO_LICENSE: "these works have no open licence; see --policy in docs/rights.md",
    _KIND.NO_PERMISSION: "no written permission covers these works; see --permissions in docs/rights.md",
    _KIND.SIGNAL_UNREAD: "something that must be read before a work may be used could not be; try --retry-failed later",
    _KIND.TOMBSTONE: "these works were taken down here, and stay away",
    _KIND.UNSAFE_URL: "the listing leads to private addresses or other schemes; do not trust this source",
    _KIND.REDIRECTS: "the addresses lead in circles; the site has to mend that",
    _KIND.NOT_AN_IMAGE: "pages come in place of pictures; the site may want a login, or the selectors are wrong",
    _KIND.TRUNCATED: "answers end too early; if it goes on, try fewer --workers",
    _KIND.EMPTY: "files without a byte; the site has to mend that",
    _KIND.TOO_LARGE: "files larger than --max-mb; raise it if you want them",
    _KIND.TOO_MANY_PIXELS: "pictures too large to open safely",
    _KIND.DECODE: "damaged pictures; the site has to mend that",
    _KIND.HASH_MISMATCH: "the picture is no longer the one that the list means",
    _KIND.FILE_MISSING: "files have gone since they were listed; list them again",
    _KIND.DISK: "our own disk fails: make room, then --retry-failed",
    _KIND.WORKER_CRASH: "a process died of a picture; please report it",
    _KIND.WORKER_TIMEOUT: "a picture took too long; raise --timeout-s if you want it",
}
