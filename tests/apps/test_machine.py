"""The machine as it is: every part there or named as missing, processes as they run."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from apps.machine.app import machine
from syscalls import sys as abi
from tests.apps.client import Driver, driver


@pytest.fixture(scope="module")
def running() -> Iterator[Driver]:
    with driver("apps.machine.app:machine", Path("/")) as started:
        yield started


def test_all_parts_are_there_or_missing(running: Driver) -> None:
    value = running(abi.status)
    assert value.memory_total_bytes == psutil.virtual_memory().total
    assert value.cpu_count == psutil.cpu_count()
    assert value.cpu_percent is not None and 0 <= value.cpu_percent <= 100
    assert value.load is not None and value.uptime_s is not None and value.uptime_s > 0
    for name, has in (
        ("battery", value.battery_percent is not None),
        ("network", value.sent_bytes is not None),
        ("pressure", bool(value.pressure)),
        ("disk", bool(value.disks)),
    ):
        assert (name in value.missing) != has, name


def test_one_part_is_only_that_part(running: Driver) -> None:
    value = running(abi.status, part="memory")
    assert value.memory_total_bytes and value.cpu_percent is None and value.disks == () and value.load is None
    assert running(abi.status, part="disk").disks[0].mount == "/"


def test_disks_are_real_ones_each_once(running: Driver) -> None:
    disks = running(abi.status, part="disk").disks
    assert len({os.stat(disk.mount).st_dev for disk in disks}) == len(disks)
    assert not any(disk.mount.startswith(("/proc", "/sys", "/dev")) for disk in disks)
    assert all(0 < disk.total_bytes >= disk.used_bytes for disk in disks)


def test_a_look_takes_no_longer_than_its_window(running: Driver) -> None:
    started = time.monotonic()
    running(abi.status, part="cpu")
    assert time.monotonic() - started < 1.0


def test_a_busy_program_is_seen(running: Driver) -> None:
    spin = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        found = [item for item in running(abi.processes, limit=500).items if item.pid == spin.pid]
    finally:
        spin.kill()
        spin.wait()
    assert found and found[0].memory_bytes > 100_000 and found[0].cpu_percent > 0
    assert "while True: pass" in found[0].command


def test_processes_by_name_order_and_number(running: Driver) -> None:
    by_memory = running(abi.processes, order="memory", limit=3)
    sizes = [item.memory_bytes for item in by_memory.items]
    assert sizes == sorted(sizes, reverse=True) and by_memory.total >= len(sizes)
    newest = running(abi.processes, order="newest", limit=500).items
    assert [item.started for item in newest] == sorted((item.started for item in newest), reverse=True)
    mine = running(abi.processes, name="PYTHON", order="name", limit=500)
    assert os.getpid() in [item.pid for item in mine.items]
    assert running(abi.processes, name="no such program anywhere \n").items == ()


def test_everything_declared_is_served() -> None:
    machine.check()
