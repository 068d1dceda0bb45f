"""What drivers, plugins and the mind's engine need still works in the jail, and it fails closed."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.jail.child import NOT_JAILED
from kernel.jail.plan import package_root
from kernel.jail.probe import JailReport
from kernel.jail.rights import READ
from kernel.jail.spawn import Jailed, spawn
from kernel.jail.spec import JailError, JailSpec
from tests.jail.world import HERE, PATIENCE_S, Try, World

pytestmark = pytest.mark.usefixtures("jail")
TOOLS = {"module": "tests.jail.chores", "processes": True, "execute": True}


def test_a_file_is_opened_beneath_a_directory(world: World, attempt: Try) -> None:
    assert attempt("open_beneath", world.library, "page") == "did the secret"
    assert attempt("open_beneath", world.library, "../outside/secret") == "EXDEV"


def test_files_are_locked_synced_renamed_and_large(world: World, attempt: Try) -> None:
    assert attempt("work_on_files", world.inside, world.other, metadata=True) == f"did {8 << 20}"


def test_an_event_loop_runs(attempt: Try) -> None:
    assert attempt("run_event_loop", module="tests.jail.chores") == "did awaited"


@pytest.mark.parametrize("package", ["msgspec", "ssl", "sqlite3", "hashlib"])
def test_packages_and_shared_libraries_load_inside(package: str, attempt: Try) -> None:
    assert attempt("import_package", package, module="tests.jail.chores") == f"did {package}"


def test_the_machine_can_be_watched_when_granted(attempt: Try) -> None:
    pytest.importorskip("psutil")
    assert attempt("watch_machine", module="tests.jail.chores", read=("/proc", "/sys")) == "did True"


def test_a_temporary_file_is_made_in_the_granted_place(world: World, attempt: Try) -> None:
    assert attempt("use_temp_file", module="tests.jail.chores", env={"TMPDIR": world.inside}) == "did 3"


def test_python_runs(attempt: Try) -> None:
    assert attempt("run", sys.executable, "-I", "-S", "-c", "print(6 * 7)", **TOOLS) == "did 0 42"


def test_a_pipe_of_tools_runs(world: World, attempt: Try) -> None:
    assert attempt("run", "sh", "-c", f"ls {world.library} | wc -l", **TOOLS) == "did 0 1"


def test_git_status_runs(world: World, attempt: Try) -> None:
    git = shutil.which("git") or pytest.skip("no git here")
    subprocess.run([git, "init", "-q", world.inside], check=True)
    command = ("git", "-c", "safe.directory=*", "-C", world.inside, "status", "-s")
    said = attempt("run", *command, env={"GIT_CONFIG_NOSYSTEM": "1"}, **TOOLS)
    assert said == "did 0 ?? mine"


def test_a_compiler_runs(world: World, attempt: Try) -> None:
    shutil.which("cc") or pytest.skip("no compiler here")
    source = Path(world.library, "one.c")
    source.write_text("int main(void) { return 0; }\n", encoding="utf-8")
    said = attempt(
        "run", "cc", str(source), "-o", f"{world.inside}/one", env={"TMPDIR": world.inside}, **TOOLS
    )
    assert said == "did 0"


def test_processes_talk_by_a_pipe(attempt: Try) -> None:
    assert attempt("use_multiprocessing", module="tests.jail.chores", processes=True) == "did sent"


def test_a_process_kills_its_own_child(attempt: Try) -> None:
    assert attempt("stop_own_child", **TOOLS) == "did -9"


def test_last_words_can_be_shown(world: World, start: Callable[..., tuple[Jailed, int]]) -> None:
    child, _ = start("write_line", world.inside)
    child.wait(PATIENCE_S)
    assert child.stderr_tail(12) == "\nlast words\n"


def test_a_module_that_fails_shows_why() -> None:
    with spawn(JailSpec(imports=(HERE,)), "no_such_module", name="x") as child:
        assert child.wait(PATIENCE_S) == 1
        assert "No module named 'no_such_module'" in child.stderr_tail()


def test_a_layer_that_cannot_be_put_on_ends_the_child() -> None:
    code = (
        f"import sys; sys.path.append({package_root()!r})\n"
        "from kernel.jail.child import enter\n"
        f"enter((0, -1), (1 << 30, 9, 9, 99, 9), [('/no/such/place', {READ})], frozenset())\n"
        "print('unjailed')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == NOT_JAILED
    assert done.stdout == b""
    assert done.stderr == b"jail: landlock: [Errno 2] No such file or directory: '/no/such/place'\n"


def test_the_probe_names_every_layer(report: JailReport) -> None:
    assert [layer.name for layer in report.layers] == ["limits", "no_new_privs", "landlock", "seccomp"]
    assert report.tier == "L"
    assert report.landlock_abi >= 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"read": ("relative",)}, "jail read path 'relative': must be absolute and hold no NUL"),
        ({"write": ("/",)}, "jail write path '/': name a directory below the root"),
        ({"memory_bytes": 1}, "jail memory_bytes=1: must be at least 67108864"),
    ],
)
def test_a_spec_out_of_range_is_refused_by_name(fields: dict[str, object], text: str) -> None:
    with pytest.raises(JailError) as refusal:
        JailSpec(**fields)  # type: ignore[arg-type]
    assert str(refusal.value) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [("/no/such", "does not exist"), ("/proc/self", "is one process's; grant '/proc' or nothing of it")],
)
def test_a_grant_that_cannot_be_given_is_refused_by_name(path: str, text: str) -> None:
    with pytest.raises(JailError, match=text):
        spawn(JailSpec(read=(path,)), "tests.jail.attempts", name="x")


def test_a_variable_that_runs_code_too_early_is_refused() -> None:
    with pytest.raises(JailError, match="LD_PRELOAD"):
        spawn(JailSpec(), "tests.jail.attempts", name="x", env={"LD_PRELOAD": "/evil.so"})
