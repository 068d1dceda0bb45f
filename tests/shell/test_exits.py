"""What a script learns from the exit code when a call was refused along the way."""

import pytest

from apps.shell.exits import Exit, exit_of_result
from kernel.call import Call, Err, Ok, Reply
from kernel.loop import End, Result
from syscalls.declare import Effect
from syscalls.errors import Denied, LabelStop, NotFound, SysError
from syscalls.labels import USER
from syscalls.ui import Said


def call(effect: Effect) -> Call:
    return Call("0", "some.call", {}, effect, (), USER, "mind")


def refused(error: SysError, effect: Effect = Effect.DELETE) -> Reply:
    return Err(error, "some.call", call(effect))


def made(effect: Effect) -> Reply:
    return Ok(call(effect), Said("done"))


DENIED, STOPPED = refused(Denied("no")), refused(LabelStop("no"))
CASES: dict[str, tuple[tuple[Reply, ...], Exit]] = {
    "a denial": ((DENIED,), Exit.DENIED),
    "a stop by labels": ((STOPPED,), Exit.LABELS),
    "a denial, then a look": ((DENIED, made(Effect.READ)), Exit.DENIED),
    "a denial, then another kind of change": ((DENIED, made(Effect.WRITE)), Exit.DENIED),
    "a denial that was made up for": ((DENIED, made(Effect.DELETE)), Exit.DONE),
    "of two denials, one made up for": (
        (DENIED, refused(LabelStop("no"), Effect.NET), made(Effect.DELETE)), Exit.LABELS,
    ),
    "what was done before a denial": ((made(Effect.DELETE), DENIED), Exit.DENIED),
    "a failure that was corrected": ((refused(NotFound("none")), made(Effect.READ)), Exit.DONE),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_only_a_later_call_of_the_same_kind_makes_up_for_a_denial(case: str) -> None:
    replies, code = CASES[case]
    assert exit_of_result(Result(End.DONE, replies)) is code
