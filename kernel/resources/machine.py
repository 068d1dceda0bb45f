"""What does the machine have, and what is left of it? Each part by itself: what it lacks is None."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kernel.resources.room import CGROUPS, PROC, memory, pressure

_Found = TypeVar("_Found")


class Machine(msgspec.Struct, frozen=True):
    """The machine at one moment."""

    cpu_count: int
    cpu_percent: float | None = None
    """Busy share of all cores since the look before, 0 to 100; None at the first."""
    memory_total_bytes: int | None = None
    """What may be used here: the machine's, or the control group's limit where that is less."""
    memory_available_bytes: int | None = None
    sent_bytes: int | None = None
    """By all interfaces since boot; likewise received."""
    received_bytes: int | None = None
    read_bytes: int | None = None
    """From all disks since boot; likewise written."""
    written_bytes: int | None = None
    pressure: dict[str, float] = {}
    """Share of the last 10 s some task waited for cpu, memory or io, 0 to 100; empty without PSI."""
    gpu_total_bytes: int | None = None
    gpu_used_bytes: int | None = None


class MachineLook:
    """Looks at the machine again and again."""

    def __init__(self, proc: Path = PROC, cgroups: Path = CGROUPS) -> None:
        """Args: where the system tells of itself."""
        self._proc = proc
        self._cgroups = cgroups
        self._before: tuple[float, float] | None = None
        self._gpu: Callable[[], tuple[int, int]] | None = None
        self._is_gpu_known = False

    def __call__(self) -> Machine:
        """What there is now."""
        import psutil  # a twentieth of a second, and most sessions never look

        total, available = memory(self._proc, self._cgroups)
        network = _tried(psutil.net_io_counters)
        disks = _tried(psutil.disk_io_counters)
        gpu = _tried(self._gpu_memory)
        return Machine(
            cpu_count=os.cpu_count() or 1,
            cpu_percent=_tried(self._busy),
            memory_total_bytes=total,
            memory_available_bytes=available,
            sent_bytes=network.bytes_sent if network else None,
            received_bytes=network.bytes_recv if network else None,
            read_bytes=disks.read_bytes if disks else None,
            written_bytes=disks.write_bytes if disks else None,
            pressure=pressure(self._proc),
            gpu_total_bytes=gpu[0] if gpu else None,
            gpu_used_bytes=gpu[1] if gpu else None,
        )

    def _busy(self) -> float | None:
        import psutil

        times = psutil.cpu_times()
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        busy = total - times.idle - getattr(times, "iowait", 0.0)
        before, self._before = self._before, (busy, total)
        if before is None or total <= before[1]:
            return None
        return round(min(max(100 * (busy - before[0]) / (total - before[1]), 0.0), 100.0), 1)

    def _gpu_memory(self) -> tuple[int, int] | None:
        if not self._is_gpu_known:
            self._is_gpu_known = True
            self._gpu = _gpus()
        return self._gpu() if self._gpu else None


def _gpus() -> Callable[[], tuple[int, int]] | None:
    """A look at the memory of all GPUs, where their library is installed and finds one."""
    import importlib

    try:
        nvml: Any = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        nvml.nvmlInit()
        handles = [nvml.nvmlDeviceGetHandleByIndex(at) for at in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError:
        return None

    def look() -> tuple[int, int]:
        every = [nvml.nvmlDeviceGetMemoryInfo(handle) for handle in handles]
        return sum(each.total for each in every), sum(each.used for each in every)

    return look if handles else None


def _tried(look: Callable[[], _Found]) -> _Found | None:
    import psutil

    try:
        return look()
    except (OSError, psutil.Error, RuntimeError, NotImplementedError):
        return None
