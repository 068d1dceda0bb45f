"""The machine is looked at part by part; a container's own limits hold; what is missing is None."""

from pathlib import Path

from kernel.resources.machine import MachineLook
from kernel.resources.room import Room, memory, pressure, room

GIB = 1 << 30


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="ascii")


def test_the_real_machine_has_memory_and_processors() -> None:
    look = MachineLook()
    first, second = look(), look()
    assert first.cpu_percent is None
    assert second.cpu_count >= 1
    assert first.memory_total_bytes and first.memory_available_bytes
    assert 0 < first.memory_available_bytes <= first.memory_total_bytes


def test_without_pressure_files_there_is_no_pressure(tmp_path: Path) -> None:
    assert pressure(tmp_path) == {}
    assert MachineLook(tmp_path, tmp_path)().pressure == {}


def test_pressure_is_the_share_of_ten_seconds(tmp_path: Path) -> None:
    put(tmp_path / "pressure/memory", "some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=3.00\n")
    put(tmp_path / "pressure/io", "nonsense")
    assert pressure(tmp_path) == {"memory": 12.5}


def test_a_control_groups_limit_is_all_there_is(tmp_path: Path) -> None:
    put(tmp_path / "self/cgroup", "0::/a/b\n")
    put(tmp_path / "cg/a/memory.max", str(GIB))
    put(tmp_path / "cg/a/memory.current", str(GIB - (64 << 20)))
    put(tmp_path / "cg/a/memory.stat", f"anon 1\ninactive_file {32 << 20}\n")
    put(tmp_path / "cg/a/b/memory.max", "max\n")
    put(tmp_path / "cg/a/b/memory.current", "1")
    assert memory(tmp_path, tmp_path / "cg") == (GIB, 96 << 20)


def test_an_older_systems_control_groups_too(tmp_path: Path) -> None:
    put(tmp_path / "self/cgroup", "5:cpu:/\n4:cpuset,memory:/box\n0::/\n")
    put(tmp_path / "cg/memory/box/memory.limit_in_bytes", str(GIB))
    put(tmp_path / "cg/memory/box/memory.usage_in_bytes", str(GIB + 4096))
    put(tmp_path / "cg/memory/memory.limit_in_bytes", str(2**63 - 4096))
    put(tmp_path / "cg/memory/memory.usage_in_bytes", "1")
    assert memory(tmp_path, tmp_path / "cg") == (GIB, 0)


def test_the_tightest_of_machine_and_group_holds(tmp_path: Path) -> None:
    put(tmp_path / "meminfo", f"MemTotal:  {2 << 20} kB\nMemFree: 1 kB\nMemAvailable:  {1 << 10} kB\n")
    put(tmp_path / "self/cgroup", "0::/\n")
    put(tmp_path / "cg/memory.max", str(GIB))
    put(tmp_path / "cg/memory.current", "4096")
    assert room(tmp_path, tmp_path / "cg") == Room(GIB, 1 << 20, 0.0)


def test_a_system_that_tells_nothing_has_unknown_room(tmp_path: Path) -> None:
    assert room(tmp_path, tmp_path) == Room(None, None, 0.0)
