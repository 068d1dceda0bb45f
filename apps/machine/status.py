"""Serving sys.status: each part is read on its own, and what the machine lacks is named."""

import os
import time
from collections.abc import Callable
from typing import Any

import psutil

from apps.sdk import Context, Grants
from syscalls.sys import Disk, Part, Status, StatusOf

_WINDOW_S = 0.1
_STALE_S = 60.0
_PRESSURE = "/proc/pressure"
_MOUNTS = "/proc/mounts"
_IMAGINARY = frozenset(
    {
        "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
        "efivarfs", "fuse.gvfsd-fuse", "fuse.portal", "fusectl", "hugetlbfs", "mqueue", "nsfs", "overlay",
        "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs", "tmpfs",
        "tracefs",
    }
)  # fmt: skip
"""File systems that hold nobody's files, or another's a second time."""

Found = dict[str, Any] | None
"""Fields of `Status`; None where the machine has no such part."""


class Busy:
    """The busy share of the processors since the last look."""

    def __init__(self, grants: Grants) -> None:
        self._before: tuple[float, float] | None = None
        self._at = 0.0

    def percent(self) -> float:
        """0 to 100, over the time since the last call, or over 0.1 s when that was long ago."""
        if self._before is None or not _WINDOW_S <= time.monotonic() - self._at <= _STALE_S:
            self._before = _cpu_times()
            time.sleep(_WINDOW_S)
        busy, total = _cpu_times()
        spent = total - self._before[1]
        share = 100.0 * (busy - self._before[0]) / spent if spent > 0 else 0.0
        self._before, self._at = (busy, total), time.monotonic()
        return round(min(max(share, 0.0), 100.0), 1)


def status(ctx: Context, a: StatusOf) -> Status:
    """State of the whole machine, or of one part."""
    parts: dict[Part, Callable[[], Found]] = {
        "cpu": lambda: _cpu(ctx.once(Busy)),
        "memory": _memory,
        "disk": lambda: _disks(ctx.grants.home),
        "network": _network,
        "battery": _battery,
        "load": _load,
        "pressure": _pressure,
    }
    wanted = {"cpu": ("cpu", "load")}.get(a.part, (a.part,)) if a.part != "all" else tuple(parts)
    fields: dict[str, Any] = {}
    missing = []
    for name, look in parts.items():
        if name not in wanted:
            continue
        try:
            found = look()
        except (OSError, psutil.Error, RuntimeError, NotImplementedError):
            found = None
        if found is None:
            missing.append(name)
        else:
            fields |= found
    if a.part == "all":
        fields["uptime_s"] = _uptime()
    return Status(**fields, missing=tuple(missing))


def _cpu(busy: Busy) -> Found:
    return {"cpu_percent": busy.percent(), "cpu_count": psutil.cpu_count() or os.cpu_count()}


def _cpu_times() -> tuple[float, float]:
    times = psutil.cpu_times()
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _memory() -> Found:
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return {
        "memory_total_bytes": memory.total,
        "memory_available_bytes": memory.available,
        "swap_total_bytes": swap.total,
        "swap_used_bytes": swap.used,
    }


def _disks(home: str) -> Found:
    """The root, the home folder's disk and all others with files on, each device once."""
    disks = []
    devices = set()
    for mount in dict.fromkeys(["/", *_mounts(), home]):
        try:
            device, room = os.stat(mount).st_dev, os.statvfs(mount)
        except OSError:
            continue  # not visible from here
        if device in devices or room.f_blocks == 0:
            continue
        devices.add(device)
        total, free = room.f_blocks * room.f_frsize, room.f_bavail * room.f_frsize
        used = (room.f_blocks - room.f_bfree) * room.f_frsize
        disks.append(Disk(mount, total, used, free))
    return {"disks": tuple(disks)} if disks else None


def _mounts() -> list[str]:
    """Where real file systems are mounted, shortest first; none where the machine does not tell."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as table:
            rows = [line.split() for line in table]
    except OSError:
        return []
    found = [_unescaped(row[1]) for row in rows if len(row) > 2 and row[2] not in _IMAGINARY]
    return sorted(found, key=lambda mount: (len(mount), mount))


def _unescaped(mount: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        mount = mount.replace(code, character)
    return mount


def _network() -> Found:
    """All interfaces but the loopback."""
    cards = psutil.net_io_counters(pernic=True, nowrap=False)
    real = [card for name, card in cards.items() if name != "lo"]
    if not real:
        return None
    return {
        "sent_bytes": sum(card.bytes_sent for card in real),
        "received_bytes": sum(card.bytes_recv for card in real),
    }


def _battery() -> Found:
    battery = psutil.sensors_battery()
    if battery is None:
        return None
    return {"battery_percent": float(battery.percent), "battery_plugged": battery.power_plugged}


def _load() -> Found:
    return {"load": os.getloadavg()}


def _pressure() -> Found:
    found = {}
    for resource in ("cpu", "memory", "io"):
        try:
            with open(f"{_PRESSURE}/{resource}", encoding="ascii") as file:
                line = file.readline()
        except OSError:
            continue
        fields = dict(field.split("=") for field in line.split()[1:])
        found[resource] = float(fields["avg10"])
    return {"pressure": found} if found else None


def _uptime() -> float | None:
    try:
        return round(time.time() - psutil.boot_time(), 1)
    except (OSError, psutil.Error, RuntimeError):
        return None
