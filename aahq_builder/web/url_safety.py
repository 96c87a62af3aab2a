"""Which addresses a crawl may reach: public ones over http(s), and the host and port that the user named.

Listings, pages and redirects are untrusted. The check of an address's text is not enough, because a public name may
resolve to a private address: so the name is resolved once, every address is checked, and the connection is made to
the checked address itself (no second look-up that could answer otherwise).
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests.adapters
import urllib3
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from aahq_builder.errors import ErrorKind, ItemError

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_ADDRESSES = 4
"""A name may have hundreds of addresses, and each that is silent costs the whole time for a connection."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Opened = Callable[[socket.socket], None]
"""Told of every connection that is made (for https: of the encrypted one)."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class AddressGuard:
    """Decides about addresses; `allowed` are hosts and ports that the user named on the command line."""

    allowed: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def allowing(cls, *urls: str | None) -> "AddressGuard":
        """A guard that lets the host and port of these addresses pass."""
        return cls(frozenset(host_and_port(urlsplit(url)) for url in urls if url))

    def check(self, url: str) -> SplitResult:
        """Take `url` apart; `ItemError` (unsafe_url) if its form alone forbids to ask for it."""
        try:
            address = urlsplit(url)
            host, port = host_and_port(address)
        except ValueError as error:
            raise _unsafe(url, str(error)) from error
        if address.scheme not in DEFAULT_PORTS:
            raise _unsafe(url, f"scheme '{address.scheme}' is not http or https")
        if not host or address.username is not None or address.password is not None:
            raise _unsafe(url, "has no host, or carries a login")
        if (host, port) not in self.allowed and (literal := _literal(host)) and not is_public(literal):
            raise _unsafe(url, f"{host} is not a public address")
        return address

    def resolve(self, host: str, port: int) -> list[str]:
        """The addresses of `host`, all of them checked."""
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        addresses = list(dict.fromkeys(found))
        if (host.lower(), port) not in self.allowed:
            for address in addresses:
                if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                    raise _unsafe(host, f"resolves to {address}, which is not a public address")
        return addresses


class GuardedAdapter(requests.adapters.HTTPAdapter):
    """Connects only where the guard lets it, to the very address that was checked."""

    def __init__(self, guard: AddressGuard, pool_size: int, opened: Opened) -> None:
        self.guard, self.opened = guard, opened
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *sizes: Any, **settings: Any) -> None:
        """Make a pool whose connections ask the guard."""
        super().init_poolmanager(*sizes, **settings)
        self.poolmanager.pool_classes_by_scheme = _guarded_pools(self.guard, self.opened)


def _guarded_pools(guard: AddressGuard, opened: Opened) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    class PlainConnection(urllib3.connection.HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(guard, self)

        def connect(self) -> None:
            super().connect()
            opened(self.sock)

    class SecureConnection(urllib3.connection.HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(guard, self)

        def connect(self) -> None:
            super().connect()
            opened(self.sock)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": PlainPool, "https": SecurePool}


def _connect(guard: AddressGuard, connection: urllib3.connection.HTTPConnection) -> socket.socket:
    """Connect to the first checked address that answers, with the errors that urllib3 expects."""
    host, port = connection.host.strip("[]"), connection.port or DEFAULT_PORTS["http"]
    try:
        addresses = guard.resolve(host, port)
    except (socket.gaierror, UnicodeError) as error:
        reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(host, connection, reason) from error
    failure: OSError = OSError(f"{host} has no address")
    for address in addresses[:MAX_ADDRESSES]:
        try:
            return create_connection((address, port), connection.timeout, socket_options=connection.socket_options)
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"{host} did not answer within {connection.timeout} s") from failure
    raise NewConnectionError(connection, str(failure)) from failure


def host_and_port(address: SplitResult) -> tuple[str, int]:
    """Lower-case host and explicit port; `ValueError` for a port that is no number."""
    return (address.hostname or "").rstrip(".").lower(), address.port or DEFAULT_PORTS.get(address.scheme, 0)


def host_key(url: str) -> str:
    """`host:port`, by which politeness is kept; '' for what is no address."""
    try:
        host, port = host_and_port(urlsplit(url))
    except ValueError:
        return ""
    return f"{host}:{port}" if host else ""


def is_public(address: Address) -> bool:
    """True for addresses of the open internet, looking through the IPv6 forms that wrap an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _unsafe(url: str, reason: str) -> ItemError:
    return ItemError(ErrorKind.UNSAFE_URL, f"{url[:200]}: {reason}")
