"""A request through the service says, does and ends as one alone."""

import os
import re
from pathlib import Path

import pytest

from tests.e2e.program import Program, Ran, call
from tests.serve.serving import Serving

ALONE = "--no-service"
_VARYING = (
    (re.compile(r'"(ts|seconds)": ?[0-9.e+-]+'), r'"\1":0'),
    (re.compile(r'"session_id":"[0-9a-f]{12}"'), '"session_id":""'),
    (re.compile(r'"(undo_token|modified|accessed|changed|inode|device)":("[^"]*"|[0-9.]+)'), r'"\1":0'),
    (re.compile(r"\b[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b\d\d\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?"), "TIME"),
    (re.compile(r"\b\d\d:\d\d(:\d\d)?\b"), "TIME"),
    (re.compile(r"\d+(\.\d+)? m?s\b"), "SPAN"),
)
SHORT: tuple[tuple[str, ...], ...] = (
    ("-p", "how many files are here?"),
    ("-p", ":file.read missing.txt"),
    ("--yes", "--output-format", "stream-json", "-p", "delete b.txt"),
    ("undo",),
    ("--color", "always", "-p", ":file.list"),
)
LONG: tuple[tuple[str, ...], ...] = (
    ("history",),
    ("-p", "frobnicate the moon"),
    ("-p", "delete a.txt"),
    ("-p", ":file.read a.txt"),
    ("-p", ""),
    ("-p", "count the lines in a.txt"),
    ("-v", "-p", "copy a.txt to c.txt"),
    ("--output-format", "json", "-p", "copy a.txt to d.txt"),
    ("--output-format", "stream-json", "-p", "delete c.txt"),
    ("--dry-run", "-p", "delete c.txt"),
    ("--dry-run", "--output-format", "json", "--yes", "-p", "delete c.txt"),
    ("--permission-mode", "plan", "-p", "copy a.txt to e.txt"),
    ("--deny", "file.copy", "-p", "copy a.txt to e.txt"),
    ("--allow", "file.delete(*.txt)", "-p", "delete d.txt"),
    ("--allow", "file.delete(((", "-p", "delete d.txt"),
    ("-q", "-p", "delete c.txt"),
    ("-p", "!sh -c 'echo out; echo err >&2; exit 3'"),
    ("--max-turns", "1", "-p", "how many files are here?"),
    ("--bare", "-p", "list the files here"),
    ("-o", "said.log", "-p", "how many files are here?"),
    ("-o", "no/such/said.log", "-p", "how many files are here?"),
    ("--timeout", "0.4", "-p", "!sleep 20"),
    ("redo",),
    ("history", "--json"),
    ("why", "1"),
    ("-p", ":file.read ../outside.txt"),
    ("-C", "/no/such/folder", "-p", "list the files here"),
)


def same(ran: Ran, base: Path) -> tuple[int, str, str]:
    """What must be the same whoever carries it out."""
    return ran.code, _steady(ran.out, base), _steady(ran.err, base)


def _steady(text: str, base: Path) -> str:
    text = text.replace(str(base), "BASE")
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text


def both(tmp_path: Path, lines: tuple[tuple[str, ...], ...]) -> None:
    alone, served = (Program(tmp_path / name) for name in ("one", "two"))
    for program in (alone, served):
        program.workspace.mkdir(parents=True)
        program.base.joinpath("outside.txt").write_text("no\n", encoding="utf-8")
        for name in ("a.txt", "b.txt"):
            program.workspace.joinpath(name).write_text("hello\nworld\n", encoding="utf-8")
            os.utime(program.workspace / name, (0, 0))  # how wide an age is written would differ
    asked = sum("-p" in words and words[-1] != "" for words in lines)
    differing = []
    with Serving(served) as service:
        for words in lines:
            options = (ALONE, *words) if "-p" in words else words
            found, expected = served.run(*words), alone.run(*options)
            if same(found, served.base) != same(expected, alone.base):
                differing.append((words, same(found, served.base), same(expected, alone.base)))
        assert asked * 3 // 4 <= service.state()["served"], "they were carried out by the service"
    assert not differing
    assert tree(alone.workspace) == tree(served.workspace)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_a_request_says_and_ends_the_same_with_the_service_and_alone(tmp_path: Path) -> None:
    both(tmp_path, SHORT)


@pytest.mark.slow
def test_so_do_many_more(tmp_path: Path) -> None:
    both(tmp_path, LONG)


def test_what_is_piped_in_travels(serving: Serving) -> None:
    aosh = serving.aosh
    options = ("-p", ":file.write p.txt -")
    alone = aosh.run("--no-service", *options, stdin=b"piped\n")
    assert same(aosh.run(*options, stdin=b"piped\n"), aosh.base)[0] == alone.code
    huge = aosh.run(*options, stdin=b"x" * (8 * 1024 * 1024 + 1))
    assert (huge.code, "more than" in huge.err) == (42, True)


@pytest.mark.slow
def test_a_script_of_a_mind_is_played_from_its_start_for_each_shell(aosh: Program) -> None:
    scripted = aosh.scripted({"calls": [call("file.read", path="a.txt")]})
    with Serving(scripted) as service:
        assert scripted("read it").out == scripted("read it").out == "hello\nworld\n"
        assert service.state()["served"] == 2


@pytest.mark.slow
def test_it_is_left_alone_where_that_is_asked_for_or_the_mind_differs(serving: Serving) -> None:
    aosh = serving.aosh
    other = Program(aosh.base, environment={"AOSH_NO_SERVICE": "1"})
    for program, options in (
        (aosh, ("--no-service",)), (other, ()), (aosh, ("--ephemeral",)), (aosh, ("-m", "none")),
    ):  # fmt: skip
        assert program.run(*options, "-p", ":file.read a.txt").out == "hello\nworld\n"
    assert serving.state()["served"] == 0
    aosh(":file.read a.txt")
    assert serving.state()["served"] == 1
