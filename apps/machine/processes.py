"""Serving sys.processes: two looks at all processes, a moment apart."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import psutil

from syscalls.errors import DeviceFailed
from syscalls.sys import Process, Processes, ProcessesOf

_WINDOW_S = 0.12
_COMMAND_CHARACTERS = 200


class _Look(NamedTuple):
    """One process at one moment."""

    process: psutil.Process
    name: str
    user: str
    command: str
    started: float
    memory_bytes: int
    cpu_s: float
    at: float


_ORDERS: dict[str, Callable[[Process], tuple[float, str]]] = {
    "cpu": lambda item: (-item.cpu_percent, item.name),
    "memory": lambda item: (-item.memory_bytes, item.name),
    "newest": lambda item: (-item.started, item.name),
    "name": lambda item: (0.0, item.name.lower()),
}


def processes(a: ProcessesOf) -> Processes:
    """Running programs by CPU, memory, age or name."""
    looks = [look for look in _looks() if _matches(look, a.name)]
    if a.order == "cpu":
        time.sleep(_WINDOW_S)
        items = [_item(look, _percent(look)) for look in looks]
    else:
        items = [_item(look, 0.0) for look in looks]
    items.sort(key=lambda item: (*_ORDERS[a.order](item), item.pid))
    shown = items[: a.limit]
    if a.order != "cpu":
        shown = _measured(shown, looks)
    return Processes(tuple(shown), len(items))


def _measured(items: list[Process], looks: list[_Look]) -> list[Process]:
    """The same processes with their CPU share filled in: only those shown are looked at again."""
    wanted = {item.pid for item in items}
    by_pid = {look.process.pid: look for look in looks if look.process.pid in wanted}
    time.sleep(_WINDOW_S)
    return [_item(by_pid[item.pid], _percent(by_pid[item.pid])) for item in items]


def _looks() -> Iterator[_Look]:
    try:
        found = list(psutil.process_iter())
    except (OSError, psutil.Error) as refusal:
        raise DeviceFailed(f"the machine does not show its processes: {refusal}") from None
    for process in found:
        try:
            with process.oneshot():
                times = process.cpu_times()
                yield _Look(
                    process, process.name(), _user(process), _command(process), process.create_time(),
                    process.memory_info().rss, times.user + times.system, time.monotonic(),
                )  # fmt: skip
        except (psutil.Error, OSError):
            continue  # it ended meanwhile


def _user(process: psutil.Process) -> str:
    try:
        return process.username()
    except (psutil.Error, OSError, KeyError):
        return ""


def _command(process: psutil.Process) -> str:
    """The command line, `[name]` where there is none (as of kernel threads)."""
    try:
        line = " ".join(" ".join(process.cmdline()).split())
    except (psutil.Error, OSError):
        line = ""
    return (line or f"[{process.name()}]")[:_COMMAND_CHARACTERS]


def _matches(look: _Look, name: str | None) -> bool:
    return name is None or name.lower() in look.name.lower() or name.lower() in look.command.lower()


def _percent(look: _Look) -> float:
    """Share of one core since the first look."""
    try:
        times = look.process.cpu_times()
    except (psutil.Error, OSError):
        return 0.0
    spent = times.user + times.system - look.cpu_s
    return round(max(0.0, 100.0 * spent / max(time.monotonic() - look.at, 0.001)), 1)


def _item(look: _Look, cpu_percent: float) -> Process:
    def clean(text: str) -> str:
        return text.encode("utf-8", "replace").decode()

    return Process(
        look.process.pid, clean(look.name), look.user, cpu_percent, look.memory_bytes, look.started,
        clean(look.command),
    )  # fmt: skip
