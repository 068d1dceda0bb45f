"""A plugin that does everything wrong, for the tests of those who must live with such."""

import os
import sys
import time
from typing import cast

from apps.sdk import App, Context, Effected, Effecting
from syscalls.declare import Args, Effect, Undo, Value
from syscalls.errors import NotFound
from syscalls.file_values import Listing
from syscalls.kinds import Count, WritePath
from syscalls.undo import Change, Done, Plan, Step

odd = App("odd", "Misbehaves")


class Nap(Args):
    """How long."""

    seconds: Count = 600


class Pid(Value, frozen=True):
    """Who serves."""

    pid: int


class Half(Args):
    """Which file."""

    path: WritePath


@odd.call(1, effect=Effect.NONE)
def pid(a: Nap) -> Pid:
    """The process that serves."""
    return Pid(os.getpid())


@odd.call(2, effect=Effect.NONE)
def sleep(a: Nap) -> Pid:
    """Give no answer for long."""
    time.sleep(a.seconds)
    return Pid(os.getpid())


@odd.call(3, effect=Effect.NONE)
def die(a: Nap) -> Pid:
    """End in the middle of a call."""
    sys.stderr.write("first line\nout of ideas\n")
    sys.stderr.flush()
    os._exit(3)


@odd.call(4, effect=Effect.NONE)
def lie(a: Nap) -> Pid:
    """Answer with another record than the declared one."""
    return cast(Pid, Listing(".", (), 0))


@odd.call(5, effect=Effect.NONE, raises=(NotFound,))
def refuse(a: Nap) -> Pid:
    """Refuse."""
    raise NotFound("nothing of that kind")


@odd.call(6, effect=Effect.NONE)
def stumble(a: Nap) -> Pid:
    """Have a bug."""
    raise ZeroDivisionError("one over none")


@odd.call(7, effect=Effect.WRITE, undo=Undo.RESTORE)
def half(ctx: Context, a: Half) -> Effecting[Pid]:
    """Do half of what was planned, then end."""
    yield Plan((Change("created", a.path),), (Step("remove", a.path),))
    with open(a.path, "w", encoding="utf-8") as file:
        file.write("hal")
    if file.closed:
        os._exit(4)
    return Effected(Pid(0), Done(()))
