"""Trees are measured from their root down, and nobody else's processes are."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kernel.resources import procfs
from kernel.resources.trees import Tracked

GRANDCHILD = "import subprocess; k = subprocess.Popen(['sleep', '60']); print(k.pid, flush=True); k.wait()"
FAMILY = f"""
import subprocess, sys
kid = subprocess.Popen([sys.executable, "-c", {GRANDCHILD!r}], stdout=subprocess.PIPE)
print(kid.pid, int(kid.stdout.readline()), flush=True)
sys.stdin.readline()
with open(sys.argv[1], "wb", buffering=0) as file:
    for _ in range(4):
        file.write(b"x" * (1 << 20))
print("written", flush=True)
sys.stdin.readline()
"""


@contextmanager
def family(file: Path) -> Iterator[tuple["subprocess.Popen[str]", list[int]]]:
    with subprocess.Popen(
        [sys.executable, "-c", FAMILY, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as root:
        assert root.stdout is not None
        kids = [int(pid) for pid in root.stdout.readline().split()]
        try:
            yield root, kids
        finally:
            for pid in (*kids, root.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)


def test_a_tree_is_its_root_and_all_below(tmp_path: Path) -> None:
    with family(tmp_path / "out") as (root, kids):
        tree = Tracked("it", "tool", root.pid)
        assert {each.pid for each in tree.members()} == {root.pid, *kids}
        look = tree.look(1.0)
        assert look.is_alive and look.process_count == 3
        assert look.rss_bytes > 8 << 20
        assert look.cpu_percent == 0.0, "there was no look before"


def test_one_that_is_not_whole_is_its_root_alone(tmp_path: Path) -> None:
    with family(tmp_path / "out") as (root, _):
        assert Tracked("it", "kernel", root.pid, is_whole=False).look(1.0).process_count == 1


def test_what_a_tree_writes_is_counted(tmp_path: Path) -> None:
    with family(tmp_path / "out") as (root, _):
        tree = Tracked("it", "tool", root.pid)
        before = tree.look(0.0).written_bytes
        assert root.stdin is not None and root.stdout is not None
        root.stdin.write("\n")
        root.stdin.flush()
        root.stdout.readline()
        after = [tree.look(float(at)).written_bytes for at in range(1, 5)][-1]
        told = procfs.written_bytes(root.pid)
        if before is None or told is None or not told:
            assert after is None or after == before  # a file system in memory writes to no disk
        else:
            assert after is not None and after - before >= 4 << 20


def test_a_tree_whose_root_ended_is_dead_and_a_new_process_of_its_number_is_not_it() -> None:
    with subprocess.Popen(["sleep", "60"]) as root:
        tree = Tracked("it", "tool", root.pid)
        assert tree.look(0.0).is_alive
        root.kill()
    look = tree.look(1.0)
    assert not look.is_alive and look.process_count == look.rss_bytes == 0
    other = Tracked("it", "tool", os.getpid())
    other._started -= 1  # as if the number had been given out again
    assert not other.look(0.0).is_alive


def test_busy_time_is_a_share_of_one_core() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            tree = Tracked("it", "tool", busy.pid)
            first = tree.look(0.0)
            while (look := tree.look(0.0)).cpu_s < first.cpu_s + 0.1:
                pass
            before = look.cpu_s
            while (look := tree.look(0.0)).cpu_s < before + 0.1:
                pass
            tree._before = (0.0, before)
            assert tree.look(1.0).cpu_percent >= 10.0
        finally:
            busy.kill()


def test_there_is_no_process_of_an_unused_number() -> None:
    assert procfs.stat(2**22 + 1) is None
    assert procfs.written_bytes(2**22 + 1) is None


def test_looking_again_keeps_few_descriptors_and_those_of_the_ended_go(tmp_path: Path) -> None:
    with family(tmp_path / "out") as (root, kids):
        tree = Tracked("it", "tool", root.pid)
        before = len(os.listdir("/proc/self/fd"))
        assert tree.look(0.0) is not None and tree.look(1.0).process_count == 3
        assert len(os.listdir("/proc/self/fd")) - before == 2 * 3
        os.kill(kids[1], 9)
        while procfs.stat(kids[1]) is not None:
            pass
        assert tree.look(2.0).process_count < 3
        tree.close()
        assert len(os.listdir("/proc/self/fd")) == before
        assert tree.look(3.0).is_alive


def test_a_process_with_more_children_than_a_page_lists_has_them_all() -> None:
    script = (
        "import subprocess; k = [subprocess.Popen(['sleep', '60']) for _ in range(700)];"
        "print(flush=True); input(); [p.kill() for p in k]"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as root:
        assert root.stdout is not None
        root.stdout.readline()
        try:
            tree = Tracked("it", "tool", root.pid)
            assert tree.look(0.0).process_count == tree.look(1.0).process_count == 701
        finally:
            root.communicate(b"\n")
