"""Real jails for the tests: a world with a secret, a user to run as, and a way to try something inside."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel.jail.plan import package_root
from kernel.jail.probe import JailReport, probe
from kernel.jail.spawn import Jailed, spawn
from kernel.jail.spec import JailSpec, Tier
from tests.jail.world import HERE, NOBODY, PATIENCE_S, Try, World, hear


@pytest.fixture(scope="session")
def report() -> JailReport:
    return probe()


@pytest.fixture
def jail(report: JailReport) -> None:
    if report.tier == "none":
        pytest.skip(f"no jail here: {[layer for layer in report.layers if layer.reason]}")


@pytest.fixture
def namespaces(jail: None) -> None:
    code = (
        f"import sys; sys.path.append({package_root()!r})\n"
        "from kernel.jail.mounts import Mounts; from kernel.jail.namespaces import enter\n"
        "enter(Mounts([], [], [], 1 << 20))"
    )
    tried = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no namespaces here: {tried.stderr.strip().splitlines()[-1]}")


@pytest.fixture(params=["L", "F"])
def tier(request: pytest.FixtureRequest) -> Tier:
    """The tier a test's jails start in, where it names none; each test runs in both."""
    if request.param == "F":
        request.getfixturevalue("namespaces")
    found: Tier = request.param
    return found


@pytest.fixture(params=["caller", "nobody"])
def uid(request: pytest.FixtureRequest) -> int | None:
    """Who the jailed process runs as: the tests' own user, and when that is root also one without powers."""
    if request.param == "caller":
        return None
    if os.geteuid() != 0:
        pytest.skip("only root can start a jail as another user")
    for path in (os.path.realpath(sys.executable), sys.executable, sys.prefix, package_root(), HERE):
        for parent in (Path(path), *Path(path).parents):
            if not parent.stat().st_mode & stat.S_IXOTH:
                pytest.skip(f"uid {NOBODY} cannot reach the interpreter or the code: {parent} is private")
    return NOBODY


@pytest.fixture
def world(uid: int | None) -> Iterator[World]:
    root = Path(tempfile.mkdtemp(prefix="aosh-jail-"))
    root.chmod(0o777)
    made = World(root)
    for path in (made.inside, made.other, made.library, made.outside):
        os.mkdir(path)
        os.chmod(path, 0o777)
    for name in (made.secret, f"{made.library}/page", f"{made.outside}/.profile", f"{made.inside}/mine"):
        Path(name).write_text("the secret", encoding="utf-8")
        os.chmod(name, 0o666)
        if uid is not None:
            os.chown(name, uid, uid)
    yield made
    shutil.rmtree(root)


@pytest.fixture
def start(world: World, uid: int | None, tier: Tier) -> Iterator[Callable[..., tuple[Jailed, int]]]:
    """Starts an attempt in a jail granted `inside`, `other` and `library`: (process, where it answers)."""
    running: list[tuple[Jailed, int]] = []

    def begin(attempt: str, *args: str, fds: tuple[int, ...] = (), **grants: Any) -> tuple[Jailed, int]:
        env, module = grants.pop("env", {}), grants.pop("module", "tests.jail.attempts")
        chosen = grants.pop("tier", tier)
        granted = {"read": (world.library,), "write": (world.inside, world.other), "uid": uid} | grants
        answer, voice = os.pipe()
        child = spawn(
            JailSpec(imports=(HERE,), **granted),
            module,
            [str(voice), attempt, *args],
            name="attempt",
            pass_fds=(voice, *fds),
            env=env,
            tier=chosen,
        )
        os.close(voice)
        running.append((child, answer))
        return child, answer

    yield begin
    for child, answer in running:
        child.kill_tree()
        child.wait(PATIENCE_S)
        os.close(answer)


@pytest.fixture
def attempt(start: Callable[..., tuple[Jailed, int]]) -> Try:
    """Runs an attempt in a jail to its end: what it said, or how it died."""

    def finish(name: str, *args: str, **options: Any) -> str:
        child, answer = start(name, *args, **options)
        said = hear(answer)
        if said:
            return said
        status = child.wait(PATIENCE_S)
        return f"status {status}: {child.stderr_tail()}"

    return finish


@pytest.fixture
def unjailed(world: World) -> Try:
    """Runs the same attempt in a plain child of the tests' own user: it is the jail that refuses."""

    def finish(name: str, *args: str) -> str:
        code = (
            f"import sys; sys.path.append({package_root()!r})\n"
            "from tests.jail import attempts; attempts.main(sys.argv[1:])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "1", name, *args],
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.stdout.decode() or f"status {done.returncode}"

    return finish
