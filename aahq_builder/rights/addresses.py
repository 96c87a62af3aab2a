"""Addresses in a form in which the spellings of one address agree."""

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
SAFE_IN_PATHS = "/:@!$&'()*+,;=~"


def normalised_address(url: str) -> str:
    """An address without scheme, password, `www.`, default port, closing slash, trackers and fragment.

    Case of the host and needless escapes do not count; the case of a path does, because ids differ by it.
    What is no address is returned as it is.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in DEFAULT_PORTS or not parts.hostname:
        return url
    host = _ascii(parts.hostname).removeprefix("www.")
    host += f":{port}" if port and port != DEFAULT_PORTS[parts.scheme.lower()] else ""
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not pair[0].startswith("utm_")]
    query = f"?{urlencode(sorted(pairs))}" if pairs else ""
    return host + quote(unquote(parts.path), safe=SAFE_IN_PATHS).rstrip("/") + query


def fragment(url: str) -> str:
    """What follows the `#`: on some pages it tells works apart, elsewhere it is a place on the page."""
    return unquote(url.partition("#")[2])


def is_same_page(url: str, other: str) -> bool:
    """Whether two addresses name one page, or one work on it."""
    fragments = {fragment(url), fragment(other)} - {""}
    return normalised_address(url) == normalised_address(other) and len(fragments) < 2


def address_keys(url: str) -> frozenset[str]:
    """Under which names an address may have been refused: as it is, its page, and the work on the page."""
    page = normalised_address(url)
    return frozenset({url, page, f"{page}#{fragment(url)}"})


def refused_key(url: str) -> str:
    """The name under which an address is refused: with a fragment only that work, else the whole page."""
    return f"{normalised_address(url)}#{fragment(url)}" if fragment(url) else normalised_address(url)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return host.lower()
