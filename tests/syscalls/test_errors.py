"""One tree of errors: each with a number of its own, and the same on both sides of the wire."""

import errno

import msgspec
import pytest

from syscalls import errors
from syscalls.errors import (
    FILE_ERRORS,
    Act,
    DeviceFailed,
    NotFound,
    SysError,
    WireError,
    every_error,
    from_wire,
    to_wire,
)

EVERY = [pytest.param(kind, id=kind.__name__) for kind in every_error()]


@pytest.mark.parametrize("kind", EVERY)
def test_an_error_comes_over_the_wire_as_what_it_was(kind: type[SysError]) -> None:
    sent = msgspec.msgpack.encode(to_wire(kind("no 'a.txt' here")))
    back = from_wire(msgspec.msgpack.decode(sent, type=WireError))
    assert type(back) is kind
    assert str(back) == "no 'a.txt' here"


def test_an_unknown_number_is_a_failed_device_and_keeps_its_number() -> None:
    back = from_wire(WireError(9_999, "the moon is down"))
    assert type(back) is DeviceFailed
    assert str(back) == "the moon is down (unknown error number 9999)"


@pytest.mark.parametrize("kind", EVERY)
def test_a_number_below_200_is_the_one_the_system_uses(kind: type[SysError]) -> None:
    if kind.code < 200:
        assert kind.code == getattr(errno, kind.symbol)
    else:
        assert not hasattr(errno, kind.symbol)


def test_symbols_and_codes_are_unique() -> None:
    kinds = list(every_error())
    assert len({kind.symbol for kind in kinds}) == len({kind.code for kind in kinds}) == len(kinds)


def test_every_error_is_listed_by_number() -> None:
    codes = [kind.code for kind in every_error()]
    assert codes == sorted(codes)
    assert NotFound in every_error()


@pytest.mark.parametrize("kind", EVERY)
def test_the_tree_in_the_manual_names_each_error_with_its_code_and_actor(kind: type[SysError]) -> None:
    number = str(kind.code) if kind.code >= 200 else kind.symbol
    tree = " ".join((errors.__doc__ or "").replace("|", " ").split())
    assert any(f"{kind.__name__}{gap}{number} {kind.act.name}" in tree for gap in (" ", "")), tree


def test_a_file_call_may_answer_nothing_that_only_the_kernel_says() -> None:
    assert {kind.__name__ for kind in FILE_ERRORS} & {
        "Denied",
        "UnknownCall",
        "DriverDied",
        "BudgetSpent",
    } == set()
    assert all(isinstance(kind.act, Act) for kind in FILE_ERRORS)
