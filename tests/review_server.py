"""A review page served by the real command in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests


@dataclass
class ReviewServer:
    """A running `aahq-build review`."""

    process: subprocess.Popen[str]
    address: str

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        return self.address.partition("/?")[0]

    @property
    def token(self) -> str:
        """What the address holds."""
        return parse_qs(urlsplit(self.address).query)["token"][0]

    def session(self) -> requests.Session:
        """A client that was given the token."""
        client = requests.Session()
        client.get(self.address, timeout=10).raise_for_status()
        return client

    def get(self, path: str, **parameters: object) -> requests.Response:
        """GET with the token."""
        return self.session().get(self.base + path, params=parameters, timeout=30)

    def post(self, path: str, body: object) -> requests.Response:
        """POST with the token, as the page does."""
        return self.session().post(self.base + path, json=body, timeout=30)


@contextmanager
def review_server(work: Path, *flags: str) -> Iterator[ReviewServer]:
    """Serve `work`; killed at the end as roughly as a power cut would."""
    words = [
        sys.executable,
        "-m",
        "aahq_builder",
        "review",
        "--work",
        str(work),
        "--port",
        "0",
        "--reviewer",
        "anna",
        *flags,
    ]
    process = subprocess.Popen([*words, "--json"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the server ended with {process.wait(30)}"
        yield ReviewServer(process, json.loads(line)["address"])
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
