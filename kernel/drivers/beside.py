"""What runs beside a driver: a process for what the driver's own jail does not let it do.

The memory's driver has no network and starts no process. An embedding server is asked for it, and a vector store
that may crash is held for it, by a process at the other end of a socket that both inherit.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

import msgspec

from kernel.jail.plan import package_root
from kernel.jail.spawn import Jailed, spawn
from kernel.jail.spec import JailSpec, Tier

_BOOT = (
    "import sys, importlib; root, module, *args = sys.argv[1:]; sys.path.append(root); "
    "sys.exit(importlib.import_module(module).main(args))"
)
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


class Beside(msgspec.Struct, frozen=True):
    """A process of ours beside a driver's, at the other end of a socket that both inherit; it ends at the socket's end."""

    name: str
    """By which the driver finds its end, in `apps.sdk.Grants.beside`."""
    module: str
    """Whose `main([JSON])` runs; `settings` and the descriptor of its end, `channel`, are its one argument."""
    settings: str
    """A JSON object."""
    jail: JailSpec | None = None
    """None: it is outside of any jail and has the network. Only what is part of the kernel is."""
    keeps: str = ""
    """A folder it may write; made when missing."""
    variables: tuple[str, ...] = ()
    """Names of this process's environment variables that it gets; outside of a jail only."""
    in_packets: bool = False
    """Whether the socket keeps messages apart (SOCK_SEQPACKET)."""
    may_finish: bool = False
    """Whether it is left to end by itself at the end of its socket, so that what it writes is whole; else it is killed."""


class Started(NamedTuple):
    """A process beside a driver that is about to be started."""

    beside: Beside
    end: int
    """The driver's end of their socket."""
    process: subprocess.Popen[bytes]


def start_beside(beside: Beside, tier: Tier, ends: ExitStack) -> Started:
    """Start it; `ends` closes the driver's end of its socket.

    Raises:
        JailError, OSError: it could not be started.
    """
    kind = socket.SOCK_SEQPACKET if beside.in_packets else socket.SOCK_STREAM
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    ends.callback(ours.close)
    with theirs:
        told = json.dumps(json.loads(beside.settings) | {"channel": theirs.fileno()})
        process = (_outside if beside.jail is None else _jailed)(beside, told, theirs.fileno(), tier)
    return Started(beside, ours.fileno(), process)


def end_beside(started: Sequence[Started]) -> None:
    """Their driver has ended: end them, or let them come to theirs."""
    for each in started:
        if each.beside.may_finish:
            each.process.poll()
            continue
        if isinstance(each.process, Jailed):
            each.process.kill_tree()
        else:
            each.process.kill()
        each.process.wait()


def _jailed(beside: Beside, told: str, channel: int, tier: Tier) -> subprocess.Popen[bytes]:
    assert beside.jail is not None
    keeps: tuple[str, ...] = ()
    if beside.keeps:
        os.makedirs(beside.keeps, mode=0o700, exist_ok=True)
        keeps = (beside.keeps,)
    jail = msgspec.structs.replace(beside.jail, detach=beside.may_finish, write=(*beside.jail.write, *keeps))
    return spawn(jail, beside.module, [told], name=f"aosh-{beside.name}", pass_fds=(channel,), tier=tier)


def _outside(beside: Beside, told: str, channel: int, tier: Tier) -> subprocess.Popen[bytes]:
    del tier
    given = {name: os.environ[name] for name in beside.variables if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _BOOT, package_root(), beside.module, told],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        pass_fds=(channel,), env=_ENVIRONMENT | given, cwd="/", start_new_session=True,
    )  # fmt: skip
