"""What end-to-end tests share: one program in a fresh home and workspace."""

from pathlib import Path

import pytest

from tests.e2e.program import Program


@pytest.fixture
def aosh(tmp_path: Path) -> Program:
    program = Program(tmp_path)
    program.workspace.mkdir()
    return program
