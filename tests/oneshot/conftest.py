"""Real runs for the tests: a workspace, a secret beside it, and a runner that leaves nothing behind."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kernel.jail.plan import package_root
from kernel.jail.probe import probe
from kernel.jail.spec import JailSpec, Tier
from kernel.oneshot.port import Order, Outcome, Stream
from kernel.oneshot.runner import JailedRunner

NOBODY = 65534
PATIENCE_S = 5.0
TRY = """
import sys
sys.path.append(sys.argv[1])
from kernel.jail.mounts import Mounts
from kernel.jail.namespaces import enter
enter(Mounts(read=["/usr"], write=[], overlays=[], tmp_bytes=1 << 20))
"""


@dataclass
class Result:
    """What a run said, and how it ended."""

    outcome: Outcome
    heard: list[tuple[Stream, bytes]] = field(default_factory=list)

    def text(self, stream: Stream = "stdout") -> bytes:
        return b"".join(chunk for name, chunk in self.heard if name == stream)


@dataclass
class World:
    """A folder that is granted for writing, and one beside it that is not."""

    root: Path
    uid: int | None

    @property
    def work(self) -> str:
        return str(self.root / "work")

    @property
    def secret(self) -> str:
        return str(self.root / "outside" / "secret")

    def put(self, name: str, content: str, mode: int = 0o644) -> None:
        """A file in the workspace."""
        path = Path(self.work, name)
        path.write_text(content, encoding="utf-8")
        path.chmod(mode)

    def read(self, name: str) -> str:
        """What a file of the workspace, or an absolute path, holds."""
        return Path(self.work, name).read_text(encoding="utf-8")

    def size(self, name: str) -> int:
        """How long a file of the workspace is."""
        return Path(self.work, name).stat().st_size

    def spec(self, **grants: Any) -> JailSpec:
        usual: dict[str, Any] = {"write": (self.work,), "execute": True, "processes": True, "uid": self.uid}
        return JailSpec(**usual | grants)

    def order(self, *argv: str, **options: Any) -> Order:
        grants = options.pop("grants", {})
        given: dict[str, Any] = {"cwd": self.work, "timeout_s": 30.0} | options
        return Order(argv=argv, spec=self.spec(**grants), **given)


class Runs:
    """Runs orders of a world."""

    def __init__(self, runner: JailedRunner, world: World) -> None:
        self.runner = runner
        self.world = world

    async def __call__(self, *argv: str, **options: Any) -> Result:
        heard: list[tuple[Stream, bytes]] = []
        order = self.world.order(*argv, **options)
        outcome = await self.runner.run(order, lambda stream, chunk: heard.append((stream, chunk)))
        return Result(outcome, heard)

    async def sh(self, script: str, **options: Any) -> Result:
        return await self("sh", "-c", script, **options)

    async def python(self, script: str, *args: str, **options: Any) -> Result:
        return await self("/usr/bin/env", "python3", "-I", "-S", "-c", script, *args, **options)


@pytest.fixture(scope="session")
def _jail() -> None:
    found = probe()
    if found.tier == "none":
        pytest.skip(f"no jail here: {[layer for layer in found.layers if layer.reason]}")


@pytest.fixture(scope="session")
def _namespaces(_jail: None) -> str:
    """Why there is no tier F here; empty where there is."""
    tried = subprocess.run(
        [sys.executable, "-I", "-S", "-c", TRY, package_root()], capture_output=True, text=True, check=False
    )
    return tried.stderr.strip().splitlines()[-1] if tried.returncode else ""


@pytest.fixture(params=["L", "L as nobody", "F"])
def place(request: pytest.FixtureRequest, _namespaces: str) -> str:
    if request.param == "F" and _namespaces:
        pytest.skip(f"no namespaces here: {_namespaces}")
    if request.param == "L as nobody" and os.geteuid() != 0:
        pytest.skip("only root can run a program as another user")
    return str(request.param)


@pytest.fixture
def uid(place: str) -> int | None:
    return NOBODY if "nobody" in place else None


@pytest.fixture
def tier(place: str) -> Tier:
    return "F" if place == "F" else "L"


@pytest.fixture
def world(uid: int | None) -> Iterator[World]:
    root = Path(tempfile.mkdtemp(prefix="aosh-oneshot-"))
    root.chmod(0o755)
    made = World(root, uid)
    for name in ("work", "outside"):
        (root / name).mkdir()
        (root / name).chmod(0o777)
    Path(made.secret).write_text("the secret", encoding="utf-8")
    yield made
    shutil.rmtree(root)


@pytest.fixture
async def runner(tier: Tier) -> AsyncIterator[JailedRunner]:
    made = JailedRunner(tier)
    yield made
    await made.close()


@pytest.fixture
def runs(runner: JailedRunner, world: World) -> Runs:
    return Runs(runner, world)


def processes_saying(words: str) -> list[int]:
    """The pids of the living whose command line holds `words`."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            state = (path / "stat").read_bytes().rpartition(b")")[2].split()[0]
            line = (path / "cmdline").read_bytes()
        except OSError:
            continue
        if words.encode() in line and state not in b"ZX" and int(path.name) != os.getpid():
            found.append(int(path.name))
    return found


async def until(holds: Callable[[], object]) -> None:
    """Wait, at most PATIENCE_S, for something outside this process that tells nobody."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        await asyncio.sleep(0.01)
