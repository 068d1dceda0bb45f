"""Makes every attempt, each in a child of its own, and tells what came of it. Runs inside the jail."""

import contextlib
import errno
import json
import os
import select
import signal
from collections.abc import Callable

from kernel.jail.probes import chores, files, network, others, surface
from kernel.jail.probes.world import Missing, World

_PATIENCE_S = 10
_MODULES = (files, network, others, surface, chores)


def main(args: list[str]) -> int:
    """args: a descriptor to tell on, the world as JSON, names of attempts as JSON.

    Each line told is JSON: [name, "did" | "refused" | "missing", text].
    """
    voice, world, names = int(args[0]), json.loads(args[1]), json.loads(args[2])
    meant = {0, 1, 2, voice, world["terminal"]}
    world["left_open"] = [each for each in _open_descriptors() if each not in meant]
    for name in names:
        outcome, text = _apart(attempt_of(name), world)
        os.write(voice, json.dumps([name, outcome, text]).encode() + b"\n")
    return 0


def attempt_of(name: str) -> Callable[[World], str]:
    """The function behind a name.

    Raises:
        KeyError: there is none.
    """
    name = name.replace("-", "_")
    if name in surface.ATTEMPTS:
        return surface.ATTEMPTS[name]
    for module in _MODULES:
        if name in vars(module):
            found: Callable[[World], str] = vars(module)[name]
            return found
    raise KeyError(name)


def _apart(attempt: Callable[[World], str], world: World) -> tuple[str, str]:
    """Outcome and text of an attempt made in a child, which is ended when it takes too long."""
    mine, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, json.dumps(_made(attempt, world)).encode())
        os._exit(0)
    os.close(theirs)
    try:
        ready, _, _ = select.select([mine], [], [], _PATIENCE_S)
        if not ready:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        said = os.read(mine, 4096) if ready else b""
        _, status = os.waitpid(child, 0)
    finally:
        os.close(mine)
    if said:
        outcome, text = json.loads(said)
        return outcome, text
    return "refused", f"ended with {os.waitstatus_to_exitcode(status)}"


def _made(attempt: Callable[[World], str], world: World) -> tuple[str, str]:
    try:
        return "did", attempt(world)
    except Missing as lack:
        return "missing", str(lack)
    except OSError as refusal:
        symbol = errno.errorcode.get(refusal.errno or 0, "refused")
        return "refused", f"{symbol}: {refusal.strerror}" if symbol == "EIO" else symbol


def _open_descriptors() -> list[int]:
    found = []
    for descriptor in range(256):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            found.append(descriptor)
    return found
