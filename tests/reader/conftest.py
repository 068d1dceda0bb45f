"""A reader over the built-in calls, and the names of a small workspace."""

import pytest

from kernel.reader.names import Name, Names
from kernel.reader.reader import Reader
from syscalls import file, sys, tool

FOLDERS = ("src", "src/db", "docs", "notes", "notes/recipes", "data", "archive", "photos", "old-stuff")
FILES = (
    "README.md", "LICENSE", "todo.txt", "names.txt", "run.sh", "app.ini", "src/main.py", "src/utils.py", "docs/guide.md",
    "notes/shopping.txt", "notes/dentist.md", "notes/recipes/soup.txt", "data/a.csv", "data/b.csv", "photos/cat.png",
    "photos/family dinner.jpg", "archive/2021.txt", ".env",
)  # fmt: skip


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader([call for call in (*file.CALLS, *sys.CALLS, *tool.CALLS) if not call.is_hidden])


@pytest.fixture(scope="session")
def names() -> Names:
    return Names([Name(path, True) for path in FOLDERS] + [Name(path) for path in FILES])
