"""The table finds calls by name and says what is wrong with arguments, in one line a mind can act on."""

from typing import Any

import pytest

from syscalls.built_in import BUILT_IN
from syscalls.declare import Area, Args, Effect, Value
from syscalls.errors import BadArgument, UnknownCall
from syscalls.table import AnyCall, Field, Table, shorten

TABLE = Table(BUILT_IN)


class Pair(Args):
    """Two numbers."""

    left: int = 0


class Sum(Value, frozen=True):
    """Their sum."""

    total: int


def call(verb: str, number: int, area: str = "math") -> AnyCall:
    def signature(a: Pair) -> Sum:
        raise NotImplementedError

    signature.__name__ = verb
    return Area(area, "").call(number, effect=Effect.NONE)(signature)


def test_two_calls_of_one_name_do_not_fit_a_table() -> None:
    with pytest.raises(ValueError, match=r"two syscalls are called 'math\.add'"):
        Table([call("add", 1), call("add", 2)])


def test_two_calls_of_one_number_do_not_fit_a_table() -> None:
    with pytest.raises(ValueError, match=r"'math\.sub' and 'math\.add' share number 1"):
        Table([call("add", 1), call("sub", 1)])


def test_areas_count_their_numbers_apart() -> None:
    assert len(Table([call("add", 1), call("add", 1, area="other")])) == 2


def test_a_table_keeps_the_order_it_was_given() -> None:
    assert list(TABLE) == [each.name for each in BUILT_IN]
    assert TABLE.calls() == list(BUILT_IN)


def test_the_fingerprint_changes_with_a_name_a_number_or_a_schema_and_with_nothing_else() -> None:
    first = Table([call("add", 1)]).fingerprint()
    assert Table([call("add", 1)]).fingerprint() == first
    assert Table([call("sum", 1)]).fingerprint() != first
    assert Table([call("add", 2)]).fingerprint() != first
    assert TABLE.fingerprint() == Table(BUILT_IN).fingerprint()


UNKNOWN = {
    "file.raed": "no syscall 'file.raed'; did you mean file.read, file.append, file.tree?",
    "read": "no syscall 'read'; did you mean file.read?",
    "quux": "no syscall 'quux'; `aosh syscalls` lists them",
    "": "no syscall ''; `aosh syscalls` lists them",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_name_is_answered_with_the_nearest(name: str) -> None:
    with pytest.raises(UnknownCall) as caught:
        TABLE[name]
    assert str(caught.value) == UNKNOWN[name]
    assert name not in TABLE


REFUSED: dict[str, tuple[str, Any, str]] = {
    "unknown field": (
        "file.read",
        {"path": "a", "limt": 3},
        "file.read: unknown field 'limt'; it takes first_line, limit_bytes, lines, path",
    ),
    "several unknown": (
        "file.stat",
        {"paths": ["a"], "z": 1, "b": 2},
        "file.stat: unknown field 'b', 'z'; it takes paths",
    ),
    "missing": ("file.read", {}, "file.read: missing 'path' (string)"),
    "two missing": ("file.diff", {}, "file.diff: missing 'left' (string), 'right' (string)"),
    "missing inside": (
        "file.revert",
        {"paths": ["a"], "steps": [{"path": "/a"}]},
        "file.revert: missing 'do'",
    ),
    "wrong type": ("file.read", {"path": 5}, "file.read: path: expected string, got 5"),
    "no object": ("file.read", ["a"], "file.read: arguments: expected object, got ['a']"),
    "optional": (
        "file.read",
        {"path": "a", "lines": "x"},
        "file.read: lines: expected integer or null, got 'x'",
    ),
    "choice": (
        "file.hash",
        {"paths": ["a"], "algorithm": "crc32"},
        "file.hash: algorithm: expected one of 'blake2b', 'md5', 'sha1', 'sha256', 'sha512', got 'crc32'",
    ),
    "optional choice": (
        "file.list",
        {"kind": "fil"},
        "file.list: kind: expected one of 'file', 'folder', 'link', 'other' or null, got 'fil'",
    ),
    "pattern": (
        "file.mode",
        {"paths": ["a"], "mode": "rwx"},
        "file.mode: mode: expected text matching "
        "^([0-7]{3,4}|[ugoa]*[+=-][rwxXst]+(,[ugoa]*[+=-][rwxXst]+)*)$, got 'rwx'",
    ),
    "too small": ("file.read", {"path": "a", "lines": 0}, "file.read: lines: expected minimum 1, got 0"),
    "too large": (
        "file.search",
        {"pattern": "a", "context": 101},
        "file.search: context: expected maximum 100, got 101",
    ),
    "empty text": ("file.read", {"path": ""}, "file.read: path: expected minLength 1, got ''"),
    "empty list": ("file.delete", {"paths": []}, "file.delete: paths: expected minItems 1, got []"),
    "no list": ("file.delete", {"paths": "a"}, "file.delete: paths: expected array, got 'a'"),
    "item of a list": (
        "file.delete",
        {"paths": ["a", ""]},
        "file.delete: paths.1: expected minLength 1, got ''",
    ),
    "true is no number": (
        "file.head",
        {"path": "a", "lines": True},
        "file.head: lines: expected integer, got True",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_arguments_that_do_not_fit_are_refused_with_what_would(case: str) -> None:
    name, arguments, text = REFUSED[case]
    with pytest.raises(BadArgument) as caught:
        TABLE[name].check(arguments)
    assert str(caught.value) == text


def test_a_long_value_is_cut_so_that_the_error_stays_one_line() -> None:
    with pytest.raises(BadArgument) as caught:
        TABLE["file.delete"].check({"paths": ["a\n"] * 10_001})
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)
    assert shorten("x" * 100) == f"'{'x' * 39}...{'x' * 19}' (102 characters)"


def test_the_fields_say_what_each_argument_means() -> None:
    fields = {field.name: field for field in TABLE["file.find"].fields}
    assert fields["path"] == Field("path", "folder", "read", is_list=False, is_required=False)
    assert fields["path"].is_path
    assert fields["larger"].kind == "size"
    assert fields["kind"].kind == "choice"
    assert fields["empty"].kind == "boolean"
    assert TABLE["file.delete"].fields == (Field("paths", "path", "write", is_list=True, is_required=True),)
