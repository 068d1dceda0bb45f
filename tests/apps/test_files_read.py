"""Reading: only what is needed, in the file's own encoding, and never something that is no text."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from syscalls import file
from syscalls.declare import Syscall
from syscalls.errors import NotText, TooBig
from syscalls.file_values import TextOf
from tests.apps.client import Desk

GB = 1024**3
READERS: tuple[Syscall[Any, TextOf], ...] = (file.read, file.head, file.tail, file.sort)


def put(desk: Desk, name: str, content: str | bytes) -> Path:
    path = desk.at / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_text_is_read_whole(desk: Desk) -> None:
    put(desk, "a", "eins\nzwei\n")
    value = desk(file.read, path="a")
    assert (value.content, value.size_bytes, value.first_line, value.cut) == ("eins\nzwei\n", 10, 1, "")
    assert [label.source for label in desk.driver.labels.items] == [f"file:{desk.at}/a"]


def test_some_lines_are_read_from_the_middle(desk: Desk) -> None:
    put(desk, "a", "".join(f"line {n}\n" for n in range(1, 100_001)))
    value = desk(file.read, path="a", first_line=70_000, lines=2)
    assert (value.content, value.first_line, value.cut) == ("line 70000\nline 70001\n", 70_000, "")


def test_lines_beyond_the_end_say_how_many_there_are(desk: Desk) -> None:
    put(desk, "a", "one\ntwo")
    value = desk(file.read, path="a", first_line=5)
    assert (value.content, value.cut) == ("", "the file has only 2 lines")


def test_a_long_text_is_cut_between_characters_and_says_so(desk: Desk) -> None:
    put(desk, "a", "ä" * 100)
    value = desk(file.read, path="a", limit_bytes=7)
    assert (value.content, value.cut) == ("äää", "cut at 6 of 200 bytes")


def test_first_and_last_lines(desk: Desk) -> None:
    put(desk, "a", "".join(f"{n}\n" for n in range(1, 101)))
    assert desk(file.head, path="a", lines=2).content == "1\n2\n"
    value = desk(file.tail, path="a", lines=2)
    assert (value.content, value.first_line) == ("99\n100\n", 99)
    assert desk(file.tail, path="a", lines=1000).content.startswith("1\n2\n")


def test_a_last_line_without_newline_is_a_line(desk: Desk) -> None:
    put(desk, "a", "one\ntwo\nthree")
    assert desk(file.tail, path="a", lines=1).content == "three"
    assert desk(file.tail, path="a", lines=2).content == "two\nthree"


def test_an_empty_file_reads_as_nothing(desk: Desk) -> None:
    put(desk, "a", "")
    for call in READERS:
        assert desk(call, path="a").content == ""


def test_five_gigabytes_are_cut_at_once(desk: Desk) -> None:
    path = put(desk, "huge", "first line\n" * 1000)
    os.truncate(path, 5 * GB)
    with path.open("r+b") as stream:
        stream.seek(5 * GB - 70_000)
        stream.write(b"last line\n" * 7000)
    started = time.monotonic()
    assert desk(file.read, path="huge", limit_bytes=1000).cut == f"cut at 1000 of {5 * GB} bytes"
    assert desk(file.head, path="huge", lines=3).content == "first line\n" * 3
    value = desk(file.tail, path="huge", lines=3)
    assert (value.content, value.first_line) == ("last line\n" * 3, 0)
    with pytest.raises(TooBig, match="at most"):
        desk(file.sort, path="huge")
    assert time.monotonic() - started < 3
    path.unlink()


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"%PDF-1.4\nplain so far", "application/pdf"),
        (b"\x7fELF\x02\x01\x01\x00", "application/x-executable"),
        (b"\x00" * 100, "application/octet-stream"),
    ],
)
def test_what_is_no_text_says_what_it_looks_like(desk: Desk, content: bytes, looks: str) -> None:
    put(desk, "thing", content)
    for call in READERS:
        with pytest.raises(NotText, match=looks) as caught:
            desk(call, path="thing")
        assert "file.hash" in str(caught.value)


def test_latin_1_is_shown_with_marks_where_it_is_no_utf8(desk: Desk) -> None:
    put(desk, "a", b"gr\xfcn\n")
    assert desk(file.read, path="a").content == "gr\ufffdn\n"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig"])
def test_byte_order_marks_are_understood(desk: Desk, codec: str) -> None:
    text = "grün\nzwei\ndrei\n"
    raw = text.encode(codec)
    put(desk, "a", b"\xfe\xff" + raw if codec == "utf-16-be" else raw)
    assert desk(file.read, path="a").content == text
    assert desk(file.read, path="a", first_line=2, lines=1).content == "zwei\n"
    assert desk(file.tail, path="a", lines=1).content == "drei\n"
    assert desk(file.count, paths=["a"]).lines == 3


def test_windows_line_ends_are_kept(desk: Desk) -> None:
    put(desk, "a", "one\r\ntwo\r\n")
    assert desk(file.read, path="a").content == "one\r\ntwo\r\n"


def test_sorting(desk: Desk) -> None:
    put(desk, "a", "10 pears\n9 apples\n-1 debt\n9 apples\nnone\n")
    assert desk(file.sort, path="a").content == "-1 debt\n10 pears\n9 apples\n9 apples\nnone\n"
    assert desk(file.sort, path="a", numeric=True, reverse=True).content.startswith("10 pears\n9 apples\n9")
    assert desk(file.sort, path="a", unique=True).content.count("apples") == 1
    assert (desk.at / "a").read_text().startswith("10 pears")
