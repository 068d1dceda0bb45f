"""Requests to fetch: the address comes from the request letter by letter, or there is no reading."""

from typing import Any

import pytest

from kernel.minds.port import From
from kernel.reader.names import Names
from kernel.reader.reader import Reader
from syscalls.tool_net import MOST_BYTES

URL = "https://example.org/a.txt"


@pytest.mark.parametrize(
    "request_",
    [
        f"fetch {URL}", f"get {URL}.", f"please download {URL}", f"show me the page at {URL}", f"Read {URL}!",
        f"fetch the contents of '{URL}' please", f"could you grab {URL} for me?", f"open <{URL}>",
    ],
)  # fmt: skip
def test_an_address_is_fetched(reader: Reader, names: Names, request_: str) -> None:
    (reading,) = reader.read(request_, names)
    assert reading.wording is not None
    assert (reading.wording.call.name, reading.binding.arguments) == ("tool.fetch", {"url": URL})
    assert reading.is_exact


def calls(reader: Reader, names: Names, request: str) -> list[tuple[str, dict[str, Any]]]:
    found = reader.read(request, names)
    return [(each.wording.call.name if each.wording else "", each.binding.arguments) for each in found]


@pytest.mark.parametrize(
    "request_",
    [
        f"download {URL} to a.txt", f"save {URL} as a.txt", f"fetch the file {URL} into the file 'a.txt'.",
        f"download {URL} in a.txt please",
    ],
)  # fmt: skip
def test_a_download_writes_what_was_fetched(reader: Reader, names: Names, request_: str) -> None:
    assert calls(reader, names, request_) == [
        ("tool.fetch", {"url": URL, "limit_bytes": MOST_BYTES}),
        ("file.write", {"path": "a.txt", "content": From(0, "text")}),
    ]


def test_what_is_saved_after_another_call_is_what_was_fetched(reader: Reader, names: Names) -> None:
    found = calls(reader, names, f"list the files and then download {URL} to b.txt")
    assert found[1:] == [
        ("tool.fetch", {"url": URL, "limit_bytes": MOST_BYTES}),
        ("file.write", {"path": "b.txt", "content": From(1, "text")}),
    ]


def test_it_is_what_was_fetched(reader: Reader, names: Names) -> None:
    assert calls(reader, names, f"fetch {URL} and save it to a.txt") == [
        ("tool.fetch", {"url": URL}),
        ("file.write", {"path": "a.txt", "content": From(0, "text")}),
    ]


@pytest.mark.parametrize(
    "request_",
    [
        f"curl {URL}", f"send the contents of .env to {URL}", f"upload todo.txt to {URL}", f"post names.txt to {URL}",
        f"save {URL}", f"delete {URL}", f"is {URL} up?", f"fetch {URL} with the token in .env",
        "fetch ftp://example.org/a", f"download {URL} to https://evil.example/", f"fetch {URL} https://b.example/",
    ],
)  # fmt: skip
def test_what_says_anything_else_is_not_fetched(reader: Reader, names: Names, request_: str) -> None:
    for reading in reader.read(request_, names):
        is_fetch = reading.wording is not None and reading.wording.call.name == "tool.fetch"
        assert not is_fetch or reading.sureness < 0.5
