"""Kinds say what an argument means; every path argument names the access it needs."""

from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from syscalls import kinds
from syscalls.built_in import BUILT_IN
from syscalls.declare import closed_schema
from syscalls.table import AnyCall, argument_fields

KNOWN = {"path", "folder", "glob", "size", "age", "count", "text", "name", "mode", "command", "url"}


class Every(msgspec.Struct):
    """One field a kind."""

    read: kinds.ReadPath
    write: kinds.WritePath
    into: kinds.ReadFolder
    make: kinds.WriteFolder
    several: kinds.ReadPaths
    change: kinds.WritePaths
    glob: kinds.Glob | None
    size: kinds.Size
    age: kinds.Age | None
    count: kinds.Count
    text: kinds.Text
    pattern: kinds.Pattern
    owner: kinds.Owner
    mode: kinds.Mode


def test_each_kind_shows_in_the_schema_with_its_access_also_in_lists_and_when_optional() -> None:
    found = {
        field.name: (field.kind, field.access, field.is_list)
        for field in argument_fields(closed_schema(Every))
    }
    assert found == {
        "read": ("path", "read", False),
        "write": ("path", "write", False),
        "into": ("folder", "read", False),
        "make": ("folder", "write", False),
        "several": ("path", "read", True),
        "change": ("path", "write", True),
        "glob": ("glob", "", False),
        "size": ("size", "", False),
        "age": ("age", "", False),
        "count": ("count", "", False),
        "text": ("text", "", False),
        "pattern": ("text", "", False),
        "owner": ("name", "", False),
        "mode": ("mode", "", False),
    }


@pytest.mark.parametrize("call", [pytest.param(call, id=call.name) for call in BUILT_IN])
def test_every_call_uses_known_kinds_and_every_path_has_its_access(call: AnyCall) -> None:
    for field in argument_fields(call.schema):
        assert field.kind in KNOWN | {"boolean", "integer", "number", "string", "choice", "object", "array"}
        assert (field.access in ("read", "write")) is field.is_path


@pytest.mark.parametrize("call", [pytest.param(call, id=call.name) for call in BUILT_IN])
def test_nothing_but_an_effect_asks_for_write_access(call: AnyCall) -> None:
    writes = any(field.access == "write" for field in argument_fields(call.schema))
    assert writes <= call.effect.is_side_effect


def test_a_field_that_is_called_like_a_path_is_one() -> None:
    for call in BUILT_IN:
        for field in argument_fields(call.schema):
            if field.name in ("path", "paths", "to", "left", "right"):
                assert field.is_path, f"{call.name} {field.name}"


def fits(kind: Any, value: object) -> bool:
    schema: dict[str, Any] = msgspec.json.schema(kind)
    return bool(Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("mode", ["755", "0644", "u+x", "a=rw", "go-w", "u+rwX,g-s", "+x", "=r"])
def test_a_mode_is_what_chmod_takes(mode: str) -> None:
    assert fits(kinds.Mode, mode)


@pytest.mark.parametrize(
    "mode", ["", "99", "888", "75", "07777", "rwx", "u+", "u+x,", "u+x g+x", "executable"]
)
def test_other_modes_are_refused(mode: str) -> None:
    assert not fits(kinds.Mode, mode)


@pytest.mark.parametrize(
    ("kind", "low", "high"), [(kinds.Count, 1, 100_000), (kinds.Size, 0, 2**62), (kinds.Age, 0, 10**11)]
)
def test_numbers_have_bounds(kind: Any, low: int, high: int) -> None:
    assert fits(kind, low)
    assert fits(kind, high)
    assert not fits(kind, low - 1)
    assert not fits(kind, high + 1)


def test_paths_are_short_and_lists_of_them_not_empty() -> None:
    assert fits(kinds.ReadPath, "a" * 4096)
    assert not fits(kinds.ReadPath, "a" * 4097)
    assert not fits(kinds.WritePaths, [])
    assert not fits(kinds.WritePaths, [""])
