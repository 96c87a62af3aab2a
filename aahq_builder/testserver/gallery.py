"""The works that the server shows: the pictures of a folder with their credits, and what `/_control` has changed."""

import threading
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from aahq_builder.errors import UserError
from aahq_builder.picture_files import PICTURE_SUFFIXES, picture_files
from aahq_builder.testserver.config import TestserverConfig
from aahq_builder.testserver.credits import Credit, read_credits
from aahq_builder.testserver.faults import FAULTS, Fault
from aahq_builder.testserver.walls import RateWall

PUBLIC_DOMAIN = frozenset({"CC0-1.0", "LicenseRef-PDM"})
DEFAULT_ROBOTS = "User-agent: *\nDisallow: /private/\n"


@dataclass(frozen=True)
class Work:
    """One work as a site lists it."""

    number: int
    """From 1, in the order of the folder."""
    file: Path
    credit: Credit
    fault: Fault | None = None

    @property
    def image_path(self) -> str:
        """Where its picture is served; what the robots file forbids lies below `/private`."""
        folder = "/private/images" if self.fault and self.fault.forbidden else "/images"
        return f"{folder}/{self.number}/{self.safe_name}"

    @property
    def safe_name(self) -> str:
        """The file's name with everything but letters, digits, dot and dash replaced."""
        return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "_" for c in self.file.name)

    @property
    def tags(self) -> list[str]:
        """What it is filed under."""
        return ["portrait", *([self.fault.tag] if self.fault and self.fault.tag else [])]

    @property
    def is_public_domain(self) -> bool:
        """Whether museums would list it as public domain."""
        return self.credit.license in PUBLIC_DOMAIN

    def every(self, count: int, offset: int = 0) -> bool:
        """Whether this is one of every `count` works: which ones vary does not change from run to run."""
        return self.number % count == offset

    @property
    def hash_id(self) -> str:
        """A short id that looks like a portfolio site's."""
        return f"{zlib.crc32(str(self.number).encode()):08x}"[:6] + f"{self.number:x}"

    def image_url(self, site: str) -> str:
        """The address that listings give for the picture; a hostile listing gives another."""
        return (self.fault and self.fault.listed_url) or site + self.image_path


@dataclass
class Gallery:
    """All works, and the state that `/_control` changes while the server runs."""

    works: list[Work]
    robots: str = DEFAULT_ROBOTS
    robots_status: int = 200
    noai: set[int] = field(default_factory=set)
    """Numbers of works whose pages and images say `noai`."""
    gone: set[int] = field(default_factory=set)
    """Numbers of works that answer 410."""
    api_error: str = ""
    """While set, the interfaces answer everything with this error code, and with status 200."""
    wall: RateWall | None = None
    """Of the Met's interface; None without `--walls`, when all records are alike and nothing is refused."""
    hits: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def varies(self) -> bool:
        """Whether records vary as the museums' own do."""
        return self.wall is not None

    def work(self, number: str | int) -> Work | None:
        """The work of this number, if there is one."""
        text = str(number)
        index = int(text) - 1 if text.isdigit() else -1
        return self.works[index] if 0 <= index < len(self.works) else None

    def by_hash(self, hash_id: str) -> Work | None:
        """The work of a hash id, whose last digits are its number in hexadecimal."""
        try:
            work = self.work(int(hash_id[6:], 16))
        except ValueError:
            return None
        return work if work and work.hash_id == hash_id else None

    def page(self, number: int, size: int) -> list[Work]:
        """The works on a page, counted from 1."""
        first = (max(number, 1) - 1) * size
        return self.works[first : first + size]

    def hit(self, name: str) -> int:
        """Count a request for `name`; gives how many there were with this one."""
        with self.lock:
            self.hits[name] += 1
            return self.hits[name]

    def control(self, change: dict[str, object]) -> None:
        """Set `noai`, `gone`, `api_error`, `robots` or `robots_status`."""
        for name, value in change.items():
            if name in ("noai", "gone") and isinstance(value, list):
                setattr(self, name, {int(number) for number in value})
            elif name in ("robots", "robots_status", "api_error"):
                setattr(self, name, value)


def open_gallery(config: TestserverConfig) -> Gallery:
    """Read the folder. With `num_works` the pictures are listed again and again until there are so many works."""
    folder = config.path
    files = picture_files(folder)
    if not files:
        raise UserError(f"--path {folder} holds no pictures ({', '.join(sorted(PICTURE_SUFFIXES))})")
    unknown = set(config.faults) - set(FAULTS) - {"all"}
    if unknown:
        raise UserError(f"no fault '{unknown.pop()}'; there are: all, {', '.join(FAULTS)}")
    modes = list(FAULTS) if "all" in config.faults else list(config.faults)
    credit_of = read_credits(folder, files, config.artist, config.license)
    works = []
    for index in range(config.num_works or len(files)):
        file = files[index % len(files)]
        turn, place = divmod(index, config.fault_every)
        is_faulty = modes and place == config.fault_every - 1
        works.append(Work(index + 1, file, credit_of[file], FAULTS[modes[turn % len(modes)]] if is_faulty else None))
    return Gallery(works, wall=RateWall(config.wall_after, config.wall_s) if config.walls else None)
