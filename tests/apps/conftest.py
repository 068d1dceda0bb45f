"""A workspace with a real files driver beside it."""

from collections.abc import Iterator

import pytest

from tests.apps.client import Desk, driver

FILES = "apps.files.app:files"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One driver for all tests that need nothing special; its root holds a folder a test."""
    root, store = tmp_path_factory.mktemp("roots"), tmp_path_factory.mktemp("store")
    with driver(FILES, root, store=store) as running:
        yield Desk(running, root, store)


@pytest.fixture
def desk(shared: Desk) -> Desk:
    """An empty folder of its own, seen through the shared driver."""
    return shared.fresh()
