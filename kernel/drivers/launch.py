"""How is a jailed driver's process started? Before anything that only talks with it is loaded.

The kernel never runs a program's code: it starts `apps.serve` in a jail and talks frames with it.
No event loop here: a driver needs as long to load as the whole kernel, so both should load at once.
"""

import json
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache

import msgspec

from kernel.drivers.beside import Beside, Started, end_beside, start_beside
from kernel.jail.spawn import Jailed, spawn
from kernel.jail.spec import JailError, JailSpec, Tier
from kernel.process import Process
from syscalls.caps import Cap, Right
from syscalls.errors import DriverDied

SDK = "apps.serve"


class Program(msgspec.Struct, frozen=True):
    """What the kernel must know to run a driver or plugin, without importing it."""

    name: str
    """Namespace it serves, such as "file"."""
    reference: str
    """`module:attribute` of its `App`, imported only inside the jail."""
    read: tuple[str, ...] = ()
    """Folders it may always read (system information for the machine driver)."""
    imports: tuple[str, ...] = ()
    """Folders added to its module search path."""
    has_files: bool = False
    """Whether it gets the caller's file grants, and the undo store."""
    reads_files: bool = False
    """Whether it may read, and only read, what the caller may."""
    own: str = ""
    """A folder for it alone, which it may write; made when missing."""
    beside: tuple[Beside, ...] = ()
    """What runs beside it, joined to it by a socket each."""


class Grants(msgspec.Struct, frozen=True):
    """The folders one driver process is opened on."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    home: str = "/"
    """Results show paths relative to it."""


class Launched:
    """A driver's process, still loading, our end of its channel, and what runs beside it."""

    def __init__(
        self,
        program: Program,
        grants: Grants,
        child: Jailed,
        sock: socket.socket,
        beside: Sequence[Started] = (),
    ) -> None:
        self.program = program
        self.grants = grants
        self.child = child
        self.sock = sock
        self.beside = beside

    def kill(self) -> None:
        """Stop the process and its descendants now; once it has ended, nothing."""
        self.sock.close()
        end(self.child, self.beside)


def end(child: Jailed, beside: Sequence[Started]) -> None:
    """Kill a driver with all its descendants, and end what runs beside it."""
    child.kill_tree()
    child.wait()
    end_beside(beside)


def launch(program: Program, grants: Grants, store: str, tier: Tier) -> Launched:
    """Start a driver's process and those beside it. They end with the calling thread at the latest, but for those
    that may finish.

    Args:
        store: the folder for pre-images and trash.
        tier: which jail; where it cannot be had the process ends before the program is loaded.

    Raises:
        DriverDied: the jail could not be had, the interpreter not be started, or its own folder not be made.
    """
    if program.own:
        try:
            os.makedirs(program.own, mode=0o700, exist_ok=True)
        except OSError as error:
            raise DriverDied(
                f"the driver of {program.name!r} needs the folder {program.own!r}: {error.strerror}"
            ) from None
    started: list[Started] = []
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ExitStack() as ends:
        ends.callback(theirs.close)
        try:
            started.extend(start_beside(each, tier, ends) for each in program.beside)
            beside = {each.beside.name: each.end for each in started}
            child = spawn(
                jail_of(program, grants, store), SDK,
                [settings(program, grants, store, theirs.fileno(), beside)],
                name=f"aosh-{program.name}", pass_fds=(theirs.fileno(), *beside.values()), tier=tier,
            )  # fmt: skip
        except (JailError, OSError) as error:
            ours.close()
            end_beside(started)
            raise DriverDied(f"the {program.name} driver could not be started: {error}") from None
    return Launched(program, grants, child, ours, started)


def grants_of(program: Program, process: Process) -> Grants:
    """The file grants of a process, for a program that serves files."""
    if program.reads_files:
        return Grants(read=tuple(map(_folder, process.roots(Right.FS_READ))), home=process.cwd)
    if not program.has_files:
        return Grants(home=process.cwd)
    read, write = _roots(process.caps)
    return Grants(read=tuple(map(_folder, read)), write=tuple(map(_folder, write)), home=process.cwd)


@lru_cache(maxsize=256)
def _roots(caps: frozenset[Cap]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roots that may only be read, and those that may be written, sorted."""
    write = tuple(sorted({cap.scope for cap in caps if cap.right is Right.FS_WRITE}))
    read = tuple(sorted({cap.scope for cap in caps if cap.right is Right.FS_READ}))
    return tuple(root for root in read if root not in write), write


def _folder(path: str) -> str:
    """The nearest existing folder that contains `path`: what a driver can be opened on."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def jail_of(program: Program, grants: Grants, store: str) -> JailSpec:
    """The jail of one driver process."""
    keeps = ((store,) if program.has_files else ()) + ((program.own,) if program.own else ())
    return JailSpec(
        read=(*program.read, *grants.read),
        write=(*grants.write, *keeps),
        imports=program.imports,
        metadata=program.has_files,
        git=program.has_files,  # the gate shows what it does there before it does it
    )


def settings(
    program: Program, grants: Grants, store: str, channel: int, beside: Mapping[str, int] = {}
) -> str:
    """What `apps.serve.main` reads: one JSON object."""
    roots = [{"path": path, "write": True} for path in grants.write]
    roots += [{"path": path, "write": False} for path in grants.read]
    return json.dumps(
        {
            "app": program.reference,
            "channel": channel,
            "roots": roots,
            "home": grants.home,
            "store": store if program.has_files else program.own or None,
            "beside": dict(beside),
        }
    )


def how_it_ended(program: Program, child: Jailed) -> str:
    """One sentence on a dead driver."""
    try:
        code = child.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return f"the {program.name} driver hung up"
    how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
    last = child.stderr_tail().strip().splitlines()
    return f"the {program.name} driver {how}" + (f": {last[-1]}" if last else "")
