"""Addresses that a hostile listing or redirect may name are never reached."""

import ipaddress
import socket
from pathlib import Path
from typing import Any

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.web.fetch import Fetcher, HttpRequest, Reply
from aahq_builder.web.url_safety import AddressGuard, host_key, is_public
from tests.aahq_builder.conftest import Serve
from tests.aahq_builder.gallery_pictures import write_gallery


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/a.png",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "//example.org/a.png",
        "http://",
        "http://user:secret@example.org/a.png",
        "http://127.0.0.1/a.png",
        "http://127.0.0.1:8080/a.png",
        "http://10.1.2.3/a.png",
        "http://192.168.0.1/a.png",
        "http://172.16.0.1/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/a.png",
        "http://0.0.0.0/a.png",
        "http://224.0.0.1/a.png",
        "http://255.255.255.255/a.png",
        "http://[::1]/a.png",
        "http://[::]/a.png",
        "http://[fe80::1%25eth0]/a.png",
        "http://[fc00::1]/a.png",
        "http://[::ffff:127.0.0.1]/a.png",
        "http://[64:ff9b::7f00:1]/a.png",
        "http://[2002:7f00:1::]/a.png",
        "http://example.org:99999/a.png",
        "http://example.org:port/a.png",
    ],
)
def test_unsafe_addresses_are_refused_by_their_form(url: str) -> None:
    with pytest.raises(ItemError) as caught:
        AddressGuard().check(url)
    assert caught.value.kind is ErrorKind.UNSAFE_URL


@pytest.mark.parametrize("url", ["http://example.org/a.png", "https://8.8.8.8/a", "http://[2606:4700:4700::1111]/"])
def test_public_addresses_pass(url: str) -> None:
    AddressGuard().check(url)


def test_only_the_host_and_port_that_were_named_are_allowed() -> None:
    guard = AddressGuard.allowing("http://127.0.0.1:8765/list", None)
    guard.check("http://127.0.0.1:8765/other")
    for url in ("http://127.0.0.1:8766/", "http://localhost:8765/", "https://127.0.0.1/"):
        with pytest.raises(ItemError):
            guard.check(url)
            guard.resolve("localhost", 8765)


@pytest.mark.parametrize("written", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "LOCALHOST."])
def test_names_and_odd_spellings_that_resolve_to_this_machine_are_refused_at_connection(
    written: str, tmp_path: Path, serve: Serve
) -> None:
    server = serve(write_gallery(tmp_path / "gallery", 1))
    port = server.server_address[1]
    fetcher = Fetcher(AddressGuard(), "tests")
    with pytest.raises(ItemError) as caught:
        fetcher.ask(HttpRequest(f"http://{written}:{port}/"))
    assert caught.value.kind in (ErrorKind.UNSAFE_URL, ErrorKind.DNS)
    assert server.log.entries == []


def test_a_name_is_looked_up_once_and_the_checked_address_is_the_one_connected_to(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers the check and would answer the connection otherwise gains nothing."""
    server = serve(write_gallery(tmp_path / "gallery", 1))
    port = server.server_address[1]
    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.1"])
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, *details: Any, **more: Any) -> Any:
        if host != "rebinding.example":
            return real(host, *details, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(ItemError):
        Fetcher(AddressGuard(), "tests").ask(HttpRequest(f"http://rebinding.example:{port}/"))
    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.1"])
    allowing = AddressGuard(frozenset({("rebinding.example", port)}))
    answer = Fetcher(allowing, "tests").ask(HttpRequest(f"http://rebinding.example:{port}/"))
    assert isinstance(answer, Reply)
    assert answer.status == 200
    assert asked == ["rebinding.example"] * 2
    assert len(server.log.entries) == 1


def test_wrapped_addresses_are_looked_through() -> None:
    assert not is_public(ipaddress.ip_address("::ffff:10.0.0.1"))
    assert is_public(ipaddress.ip_address("::ffff:8.8.8.8"))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://Example.org/a", "example.org:80"),
        ("https://example.org./a", "example.org:443"),
        ("http://example.org:8080", "example.org:8080"),
        ("http://example.org:x/", ""),
        ("", ""),
    ],
)
def test_politeness_is_kept_by_host_and_port(url: str, key: str) -> None:
    assert host_key(url) == key
