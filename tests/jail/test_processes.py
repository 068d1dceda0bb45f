"""Tier L keeps a jailed process from others, within its limits, and never longer alive than its parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.jail.plan import package_root
from kernel.jail.spawn import Jailed
from kernel.jail.spec import Tier
from tests.groups import group_lives
from tests.jail.world import HERE, PATIENCE_S, Try, World, hear

pytestmark = pytest.mark.usefixtures("jail")


@pytest.fixture
def tier() -> Tier:
    """In tier F the others are not there to be touched: see test_namespaces and test_probes."""
    return "L"


Start = Callable[..., tuple[Jailed, int]]


@pytest.mark.parametrize("how", ["kill", "sigqueue", "tgkill", "pidfd", "owner of a descriptor's signals"])
@pytest.mark.parametrize("processes", [False, True])
def test_the_parent_cannot_be_signalled(how: str, processes: bool, attempt: Try) -> None:
    assert attempt("signal_parent", how, processes=processes) == "EPERM"


def test_the_parent_could_be_signalled_without_the_jail(unjailed: Try) -> None:
    assert unjailed("signal_parent", "kill") == "did signal"


def test_the_parent_cannot_be_traced(attempt: Try) -> None:
    assert attempt("trace_parent") == "EPERM"


def test_the_parents_limits_cannot_be_touched(attempt: Try, unjailed: Try) -> None:
    assert attempt("tune_parent") == "EPERM"
    assert unjailed("tune_parent").startswith("did")


@pytest.mark.parametrize("what", ["environ", "mem", "fd", "maps"])
def test_the_parents_insides_cannot_be_read(what: str, attempt: Try, unjailed: Try) -> None:
    assert attempt("look_at_parent", what, "list") == "EACCES"
    assert attempt("look_at_parent", what, "open", read=("/proc",)) in {"EACCES", "EPERM"}
    if what in {"environ", "fd"}:
        assert unjailed("look_at_parent", what, "open").startswith("did")


def test_only_the_named_descriptors_are_inherited(world: World, start: Start) -> None:
    with open(world.secret, encoding="utf-8") as leaky:
        os.set_inheritable(leaky.fileno(), True)
        _, answer = start("descriptors")
        said = hear(answer)
    assert len(said.removeprefix("did ").split()) == 1


def test_no_variable_is_inherited(attempt: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    assert (
        attempt("environment", env={"TZ": "UTC"})
        == "did AOSH_HOST_PID HOME LANG MALLOC_ARENA_MAX PATH TMPDIR TZ"
    )


@pytest.mark.parametrize("how", ["fork", "raw_clone"])
def test_forking_is_refused_unless_granted(how: str, attempt: Try, unjailed: Try) -> None:
    assert attempt(how) == "EPERM"
    assert attempt(how, processes=True).startswith("did")
    assert unjailed(how).startswith("did")


def test_a_fork_bomb_of_an_ordinary_user_stops(attempt: Try, uid: int | None) -> None:
    if (os.geteuid() if uid is None else uid) == 0:
        pytest.skip("RLIMIT_NPROC is void for root: the watchdog's work")
    assert attempt("fork_until_refused", "2000", processes=True, process_count=8) == "did stop True"


@pytest.mark.parametrize("processes", [False, True])
def test_threads_are_always_allowed(processes: bool, attempt: Try) -> None:
    assert attempt("use_threads", "20", processes=processes) == "did 20"


def test_a_new_namespace_is_refused(attempt: Try) -> None:
    assert attempt("new_namespace", processes=True) == "EPERM"


@pytest.mark.parametrize("kind", ["private", "shared"])
def test_a_memory_bomb_is_contained(kind: str, attempt: Try) -> None:
    assert attempt("use_memory", kind) in {"no memory", "ENOMEM"}


def test_a_file_cannot_grow_past_its_limit(world: World, attempt: Try) -> None:
    assert attempt("grow_file", f"{world.inside}/big", file_bytes=2 << 20) == "EFBIG"
    assert Path(world.inside, "big").stat().st_size <= 2 << 20


def test_processor_time_ends(attempt: Try) -> None:
    assert attempt("burn", cpu_s=1).startswith(f"status {-signal.SIGXCPU}")


def test_a_limit_cannot_be_raised_again(attempt: Try) -> None:
    assert attempt("raise_limit") == "EPERM"


@pytest.mark.parametrize("how", ["session", "group"])
def test_nothing_leaves_the_group_it_is_killed_with(how: str, attempt: Try) -> None:
    assert attempt("leave_group", how, processes=True) == "EPERM"


def test_the_tie_to_the_parent_cannot_be_cut(attempt: Try) -> None:
    assert attempt("forget_parent") == "EPERM"


def test_the_kernel_can_kill_a_tree(start: Start) -> None:
    child, answer = start("fork_until_refused", "3", processes=True)
    assert hear(answer) == "did unlimited"
    child.kill_tree()
    child.wait(PATIENCE_S)
    for _ in range(500):
        if not group_lives(child.pid):
            return
        time.sleep(0.01)
    pytest.fail("descendants are alive 5 s after their tree was killed")


@pytest.mark.parametrize("detach", [False, True])
def test_a_child_survives_its_parent_only_when_detached(detach: bool) -> None:
    pid = orphan(f"detach={detach}", "report_and_sleep")
    try:
        assert dies_within(pid, 0.3 if detach else 5.0) is not detach
    finally:
        if detach:
            os.kill(pid, signal.SIGKILL)


def test_a_grandchild_does_not_survive_the_kernel() -> None:
    assert dies_within(orphan("processes=True", "fork_and_sleep"), 5.0)


def orphan(grants: str, attempt: str) -> int:
    """Start an attempt from a process that is then killed; the pid the attempt named."""
    parent = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, os; sys.path.insert(0, {package_root()!r})\n"
            "from kernel.jail.spawn import spawn; from kernel.jail.spec import JailSpec\n"
            f"spec = JailSpec(imports=({HERE!r},), {grants})\n"
            "r, w = os.pipe()\n"
            f"args = [str(w), {attempt!r}]\n"
            "child = spawn(spec, 'tests.jail.attempts', args, name='x', pass_fds=(w,))\n"
            "print(os.read(r, 10).decode(), flush=True); os.kill(os.getpid(), 9)",
        ],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return int(parent.stdout)


def dies_within(pid: int, limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text(encoding="utf-8").rsplit(")")[1].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False
