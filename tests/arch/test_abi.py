"""Numbers are for ever: the table of calls and errors against what was published.

A new call or error adds its line to `abi.json`; no line there ever changes or goes.
"""

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import syscalls
from syscalls.errors import Act, SysError, every_error
from syscalls.table import AnyCall, Table

PUBLISHED = json.loads(Path(__file__).with_name("abi.json").read_text(encoding="utf-8"))


def declared() -> Iterator[AnyCall]:
    for found in pkgutil.iter_modules(syscalls.__path__, "syscalls."):
        yield from getattr(import_module(found.name), "CALLS", ())


def test_every_call_has_its_published_number_and_none_is_unpublished() -> None:
    assert {call.name: call.number for call in declared()} == PUBLISHED["calls"]


def test_the_calls_fit_one_table() -> None:
    assert len(Table(declared())) == len(PUBLISHED["calls"])


def test_every_error_has_its_published_code_and_none_is_unpublished() -> None:
    assert {kind.symbol: kind.code for kind in every_error()} == PUBLISHED["errors"]


def test_error_codes_are_unique() -> None:
    codes = [kind.code for kind in every_error()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", list(every_error()))
def test_every_error_says_what_it_means_and_who_moves_next(kind: type[SysError]) -> None:
    assert (kind.__doc__ or "").strip().endswith(".")
    assert isinstance(kind.act, Act)
    assert kind.symbol.startswith("E")


@pytest.mark.parametrize("call", [pytest.param(call, id=call.name) for call in declared()])
def test_every_call_says_what_it_does(call: AnyCall) -> None:
    assert call.summary.endswith(".")
    assert len(call.summary) <= 110
