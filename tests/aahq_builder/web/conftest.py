"""The servers of these tests."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.aahq_builder.written_site import NewSite, serving_site


@pytest.fixture
def new_site() -> Iterator[NewSite]:
    """`new_site()` starts a server that answers what the test has written down."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(serving_site())
