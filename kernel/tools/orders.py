"""What a program may see and do: from the caller's capabilities to an order for the runner."""

import os
import posixpath
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from kernel.jail.spec import JailSpec
from kernel.meter import Meter
from kernel.oneshot.port import Order, Overlay
from kernel.process import Process
from kernel.tools.programs import SYSTEM, Found
from syscalls import tool
from syscalls.caps import Right, is_beneath
from syscalls.errors import NotFolder, NotPermitted

ADDRESS_BYTES = 64 << 30
"""Of address space: some programs reserve much and use little; what they use is the watchdog's."""
OPEN_FILES = 4096
TASKS = 256
_FIXED = {
    "LANG": "C.UTF-8", "TERM": "dumb", "PYTHONUNBUFFERED": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
"""Unbuffered, or lines would be seen only at the end."""


class Places(NamedTuple):
    """The folders of one run, as the caller may use them."""

    cwd: str
    read: tuple[str, ...]
    write: tuple[str, ...]
    """Outermost ones only: what a program changes here can land."""

    @property
    def roots(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.write, *self.read)

    def check_apart(self, store: str) -> None:
        """Refuse a workspace that an overlay cannot be mounted on.

        Raises:
            NotPermitted: it holds aosh's own store.
        """
        for root in self.write:
            if is_beneath(store, root):
                raise NotPermitted(
                    f"{root!r} holds aosh's own store ({store!r}), so no program runs on the whole of it; "
                    "work in a folder below, or set AOSH_HOME to another place"
                )

    def order(
        self, asked: tool.Exec, found: Found, search: Sequence[str], base: str, has_overlays: bool
    ) -> Order:
        """The order for a program.

        Args:
            asked: the call.
            found: its program.
            search: folders of programs, for PATH.
            base: the run's folder in the store.
            has_overlays: whether the roots are overlaid at their place; else they were copied.
        """
        uppers = {root: f"{base}/{number}/upper" for number, root in enumerate(self.write)}
        temporary = "/tmp" if has_overlays else f"{base}/tmp"
        works_in = self.write if has_overlays else tuple(uppers.values())
        cwd, program = asked.cwd, found.path
        if not has_overlays:
            cwd = moved(cwd, uppers)
            program = moved(program, uppers) if "/" in asked.argv[0] else program
        env = _FIXED | {
            "PATH": ":".join(search) or "/usr/bin:/bin",
            "HOME": temporary,
            "TMPDIR": temporary,
            "PWD": cwd,
        }
        return Order(
            argv=(program, *asked.argv[1:]),
            cwd=cwd.rstrip("/") or "/",
            env=env | asked.env,
            stdin=asked.stdin.encode("utf-8", "surrogateescape"),
            spec=JailSpec(
                run=tuple(dict.fromkeys((*self.roots, *works_in, *found.needs, *_there(search)))),
                write=(*works_in, temporary),
                execute=True,
                processes=True,
                metadata=True,
                git=True,
                memory_bytes=ADDRESS_BYTES,
                open_files=OPEN_FILES,
                process_count=TASKS,
            ),
            overlays=tuple(
                Overlay(root, upper, f"{os.path.dirname(upper)}/work") for root, upper in uppers.items()
            )
            if has_overlays
            else (),
            timeout_s=asked.timeout_s,
            process_count=TASKS,
        )


def within(order: Order, meter: Meter) -> Order:
    """The order, with hard caps where its process's meter has limits: the meter itself stops before those are met.

    Processor seconds and files are left to the meter: caps that change with each run would cost each a new jail.
    """
    memory, processes = meter.tightest("memory_bytes"), meter.tightest("processes")
    cpu, written = meter.tightest("cpu_s"), meter.left("written_bytes")
    return msgspec.structs.replace(
        order,
        rss_bytes=order.rss_bytes if memory is None else max(1, int(memory)),
        process_count=order.process_count if processes is None else min(order.process_count, int(processes)),
        cpu_s=order.cpu_s if cpu is None else max(order.cpu_s, cpu),
        write_bytes=order.write_bytes if written is None else max(0, int(written)),
    )


def places_of(process: Process, cwd: str) -> Places:
    """The folders a process may use, those within others left out.

    Raises:
        NotFolder: `cwd` is none.
    """
    write = outermost(process.roots(Right.FS_WRITE))
    read = tuple(
        root
        for root in outermost(process.roots(Right.FS_READ))
        if not any(is_beneath(root, top) for top in write)
    )
    real = cwd.rstrip("/") or "/"
    if not os.path.isdir(real):
        raise NotFolder(f"tool.exec: cwd: expected a folder, got {cwd!r}")
    return Places(real, tuple(filter(os.path.isdir, read)), tuple(filter(os.path.isdir, write)))


def outermost(roots: Sequence[str]) -> tuple[str, ...]:
    """The roots that lie in no other."""
    return tuple(root for root in roots if not any(root != top and is_beneath(root, top) for top in roots))


def moved(path: str, uppers: dict[str, str]) -> str:
    """Where a path of the workspace is in the copy."""
    for root, upper in uppers.items():
        if is_beneath(path, root):
            return posixpath.normpath(posixpath.join(upper, posixpath.relpath(path, root)))
    return path


def _there(search: Sequence[str]) -> tuple[str, ...]:
    """Folders of PATH whose programs a program may run in turn; the system's are anyway."""
    return tuple(path for path in search if not any(is_beneath(path, system) for system in SYSTEM))
