"""A web whose answers are written out, for what a source makes of them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.rights.rules import Signal
from aahq_builder.web.csv_tables import CsvTable


@dataclass
class Answers:
    """Documents and pages by address; all others are 404."""

    documents: Mapping[str, object] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def json(self, url: str, params: Any = None, **_: object) -> object:
        return self._answer(self.documents, url)

    def html(self, url: str) -> tuple[BeautifulSoup, list[Signal]]:
        page = self._answer(self.pages, url)
        return BeautifulSoup(f"<!doctype html>{page}", "lxml"), [Signal("page", "silent", where=url)]

    def table(self, url: str, key: str, columns: Sequence[str]) -> CsvTable:
        """The CSV file that the documents hold under the address, as text."""
        return CsvTable(io.BytesIO(str(self._answer(self.documents, url)).encode()), key, columns)

    def _answer(self, answers: Mapping[str, object], url: str) -> object:
        self.asked.append(url)
        if url not in answers:
            raise ItemError(ErrorKind.HTTP_404, "status 404")
        answer = answers[url]
        if isinstance(answer, ItemError):
            raise answer
        return answer
