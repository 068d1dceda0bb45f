"""A real service for one test, and shells of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.serve.serving import Serving


def program_in(base: Path) -> Program:
    program = Program(base)
    program.workspace.mkdir()
    program.workspace.joinpath("a.txt").write_text("hello\nworld\n", encoding="utf-8")
    return program


@pytest.fixture
def aosh(tmp_path: Path) -> Program:
    return program_in(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One for all tests of a file that leave it as it was."""
    with Serving(program_in(tmp_path_factory.mktemp("shared"))) as service:
        yield service


@pytest.fixture
def serving(aosh: Program) -> Iterator[Serving]:
    with Serving(aosh) as service:
        yield service
