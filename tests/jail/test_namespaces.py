"""Tier F: a root of its own, processes of its own, nothing of the host's; and it ends with whom it belongs to."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.jail.child import NOT_JAILED
from kernel.jail.plan import package_root
from kernel.jail.spawn import Jailed
from kernel.jail.spec import Tier
from tests.jail.world import PATIENCE_S, Try, World, hear

pytestmark = pytest.mark.usefixtures("namespaces")


@pytest.fixture
def tier() -> Tier:
    return "F"


SHELL = {"module": "tests.jail.chores", "processes": True, "execute": True, "tier": "F"}


def run(attempt: Try, script: str, **options: object) -> str:
    return attempt("run", "sh", "-c", script, **{**SHELL, **options}).removeprefix("did ")


def test_the_root_holds_what_was_granted_and_the_system_and_no_more(world: World, attempt: Try) -> None:
    names = set(run(attempt, "ls -A / /etc").split()[1:])
    assert names.isdisjoint({"home", "run", "var", "mnt", "boot", "passwd", "shadow", "hostname"})
    assert {"usr", "proc", "dev", "tmp"} <= names


def test_what_is_not_granted_is_not_even_named(world: World, attempt: Try, unjailed: Try) -> None:
    assert attempt("size", world.secret, tier="F") == "ENOENT"
    assert unjailed("size", world.secret) == "did 10"


def test_writes_reach_the_granted_folder_and_reads_the_library(world: World, attempt: Try) -> None:
    assert attempt("write", f"{world.inside}/new", tier="F") == "did 1"
    assert Path(world.inside, "new").read_text(encoding="utf-8") == "x"
    assert attempt("read", f"{world.library}/page", tier="F") == "did the secret"
    assert attempt("write", f"{world.library}/page", tier="F") in ("EACCES", "EROFS")


def test_a_repository_s_own_folder_is_read_only_unless_granted(world: World, attempt: Try) -> None:
    Path(world.inside, ".git").mkdir()
    Path(world.inside, ".git").chmod(0o777)
    hook = f"{world.inside}/.git/hook"
    assert attempt("write", hook, tier="F") == "EROFS"
    assert attempt("rename", f"{world.inside}/.git", f"{world.inside}/old", tier="F") == "EBUSY"
    assert attempt("write", hook, tier="F", git=True) == "did 1"


def test_only_its_own_processes_are_seen(attempt: Try) -> None:
    assert int(run(attempt, "ls -d /proc/[0-9]* | wc -l").split()[1]) <= 5


def test_it_has_no_capability_and_no_way_to_a_user_namespace(attempt: Try) -> None:
    held = run(attempt, "grep -h Cap /proc/self/status; cat /proc/sys/user/max_user_namespaces").split()
    assert held[1:] == [
        *("CapInh:", "0" * 16, "CapPrm:", "0" * 16, "CapEff:", "0" * 16),
        *("CapBnd:", "0" * 16, "CapAmb:", "0" * 16, "0"),
    ]


@pytest.mark.parametrize(
    "path", ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/usr/new", "/new"]
)
def test_the_kernel_s_and_the_system_s_files_are_read_only(path: str, attempt: Try) -> None:
    assert attempt("write", path, tier="F", processes=True, execute=True) in ("EROFS", "EACCES")


def test_a_private_tmp_is_writable_and_limited(world: World, attempt: Try) -> None:
    said = run(attempt, "echo one > /tmp/mine && cat /tmp/mine; df -k /tmp | tail -1")
    assert said.startswith("0 one\ntmpfs")
    assert int(said.split()[3]) <= 256 << 10
    assert not Path("/tmp/mine").exists()


def test_granting_proc_shows_the_host_s_and_takes_nothing_from_the_other_grants(
    world: World, attempt: Try
) -> None:
    assert attempt("size", f"/proc/{os.getpid()}/status", read=("/proc",), write=(world.inside,)) == "did 0"
    assert attempt("write", f"{world.inside}/new", read=("/proc",), write=(world.inside,)) == "did 1"
    assert attempt("size", f"/proc/{os.getpid()}/status") == "ENOENT"


def test_who_watches_the_machine_sees_its_disks_and_can_change_nothing(world: World, attempt: Try) -> None:
    assert attempt("size", world.secret, read=("/proc", "/sys"), write=()) == "did 10"
    assert attempt("read", world.secret, read=("/proc", "/sys"), write=()) == "EACCES"
    assert attempt("write", f"{world.inside}/new", read=("/proc", "/sys"), write=()) in ("EROFS", "EACCES")


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -TERM $$", -signal.SIGTERM)])
def test_a_program_ends_for_its_caller_as_it_ended_inside(
    script: str, status: int, start: Callable[..., tuple[Jailed, int]]
) -> None:
    child, _ = start("become", "sh", "-c", script, **SHELL)
    assert child.wait(PATIENCE_S) == status


def test_orphans_end_with_the_program(start: Callable[..., tuple[Jailed, int]]) -> None:
    child, answer = start("become", "sh", "-c", "sleep 60 & sleep 60 & exit 3", **SHELL)
    assert hear(answer) == ""  # every holder of the pipe is gone
    assert child.wait(PATIENCE_S) == 3


def test_killing_the_outer_process_ends_the_inner_ones(start: Callable[..., tuple[Jailed, int]]) -> None:
    child, answer = start("fork_and_sleep", processes=True, tier="F")
    assert hear(answer).isdigit()
    os.kill(child.pid, signal.SIGKILL)
    assert hear(answer) == ""
    assert child.wait(PATIENCE_S) == -signal.SIGKILL


_OVERLAID = """
import sys; sys.path.append({root!r})
import os
from kernel.jail.namespaces import Mounts, enter
from kernel.jail.plan import mounts
from kernel.jail.spec import JailSpec
made = mounts(JailSpec(processes=True), overlays=[({lower!r}, {upper!r}, {work!r})])
if os.fork() == 0:
    enter(made)
    open({lower!r} + "/page", "a").write(" changed")
    os.unlink({lower!r} + "/old")
    print(open({lower!r} + "/page").read(), os.listdir({lower!r}), os.path.exists({upper!r}), flush=True)
    os._exit(5)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.parametrize("name", ["plain", "with,comma:and\\back space"])
def test_an_overlay_takes_the_writes_and_the_folder_stays(name: str, tmp_path: Path) -> None:
    lower, upper, work = (tmp_path / f"{name}-{part}" for part in ("lower", "upper", "work"))
    for folder in (lower, upper, work):
        folder.mkdir()
    (lower / "page").write_text("page", encoding="utf-8")
    (lower / "old").write_text("old", encoding="utf-8")
    script = _OVERLAID.format(root=package_root(), lower=str(lower), upper=str(upper), work=str(work))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.stdout == "page changed ['page'] False\n5\n", done.stderr
    assert sorted(os.listdir(lower)) == ["old", "page"]
    assert (lower / "page").read_text(encoding="utf-8") == "page"
    assert (upper / "page").read_text(encoding="utf-8") == "page changed"
    shutil.rmtree(work)


def test_where_user_namespaces_are_used_up_the_jail_does_not_start(world: World) -> None:
    """Really so: in a user namespace whose own limit is 0."""
    code = (
        f"import sys; sys.path.append({package_root()!r})\n"
        "from kernel.jail import namespaces, mounts\n"
        "from kernel.jail.child import enter\n"
        "from kernel.jail.native import number, syscall\n"
        "syscall(number('unshare'), 0x10000000)\n"
        "open('/proc/sys/user/max_user_namespaces', 'w').write('0')\n"
        "enter((0, -1), (1 << 30, 9, 9, 99, 9), [], frozenset(), mounts.Mounts([], [], [], 1 << 20))\n"
        "print('entered')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == NOT_JAILED
    assert done.stdout == b""
    assert done.stderr == b"jail: namespaces: [Errno 28] unshare: No space left on device\n"
