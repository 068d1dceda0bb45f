"""The budgets: how long a file and a function may be, how many arguments, how many suppressions.

Over a budget: split. A budget is never raised to fit code.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("syscalls", "kernel", "memory", "apps", "evals", "benchmarks", "examples", "tests")
FILE_LINES, LONG_FILE_LINES = 400, 300
LONG_FILES_PERCENT = 10
FUNCTION_LINES, LONG_FUNCTION_LINES = 80, 40
LONG_FUNCTIONS_PERCENT = 3
POSITIONAL_ARGUMENTS = 6
LINES_A_SUPPRESSION = 1_000
SUPPRESSION = re.compile(r"#\s*(type:\s*ignore|noqa|pragma:\s*no cover)")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def is_table(path: Path) -> bool:
    """Whether a file holds data only: no function, no class."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return not any(isinstance(node, Function | ast.ClassDef) for node in ast.walk(tree))


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_are_short() -> None:
    lengths = {place(path): line_count(path) for path in sources() if not is_table(path)}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}
    long = [name for name, lines in lengths.items() if lines > LONG_FILE_LINES]
    assert len(long) * 100 <= LONG_FILES_PERCENT * len(lengths), f"split some of {long}"


def test_functions_are_short() -> None:
    lengths: dict[str, int] = {}
    for path in sources():
        for one in functions(path):
            lengths[f"{place(path)}:{one.name}:{one.lineno}"] = (
                (one.end_lineno or one.lineno) - one.lineno + 1
            )
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}
    long = [name for name, lines in lengths.items() if lines > LONG_FUNCTION_LINES]
    assert len(long) * 100 <= LONG_FUNCTIONS_PERCENT * len(lengths), f"split some of {long}"


def test_functions_take_few_positional_arguments() -> None:
    found = {}
    for path in sources():
        for one in functions(path):
            names = [
                arg.arg for arg in (*one.args.posonlyargs, *one.args.args) if arg.arg not in ("self", "cls")
            ]
            if len(names) > POSITIONAL_ARGUMENTS:
                found[f"{place(path)}:{one.name}"] = len(names)
    assert found == {}


def test_suppressions_are_rare() -> None:
    found = []
    lines = 0
    for path in sources():
        text = path.read_text(encoding="utf-8").splitlines()
        lines += len(text)
        found += [
            f"{place(path)}:{number}" for number, line in enumerate(text, 1) if SUPPRESSION.search(line)
        ]
    assert len(found) <= 1 + lines // LINES_A_SUPPRESSION, found


@pytest.mark.parametrize(
    "folder", ["syscalls", "kernel", "memory", "apps", "tests", "docs", "benchmarks", "evals"]
)
def test_each_folder_says_what_lives_there(folder: str) -> None:
    readme = ROOT / folder / "README.md"
    assert 1 <= line_count(readme) <= 10


def test_packages_hold_no_code_at_their_door() -> None:
    doors = [
        path
        for path in sources()
        if path.name == "__init__.py" and not path.is_relative_to(ROOT / "examples")
    ]
    crowded = []
    for path in doors:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        if any(not isinstance(node, ast.Expr) for node in body):
            crowded.append(place(path))
    assert crowded == []
