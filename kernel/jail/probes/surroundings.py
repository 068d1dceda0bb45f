"""What the attempts are made against: a secret, servers, a process to attack. Runs outside the jail."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kernel.jail.probes.world import SECRET, World

MEMORY_BYTES = 512 << 20
FILE_BYTES = 8 << 20
PROCESSES = 64
_VICTIM = (
    "import ctypes, signal\n"
    f"kept = ctypes.create_string_buffer({SECRET.encode()!r})\n"
    "print(ctypes.addressof(kept), flush=True)\n"
    "signal.pause()"
)


class Surroundings:
    """A world, and what of it is looked at from outside."""

    def __init__(self, world: World, victim: "subprocess.Popen[bytes]", left_open: int) -> None:
        self.world = world
        self.victim = victim
        self.left_open = left_open

    def has_victim_ended(self) -> bool:
        """Whether the process to attack is gone; it is given a moment to go."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.victim.wait(0.3)
        return self.victim.returncode is not None


@contextmanager
def surroundings(uid: int | None) -> Iterator[Surroundings]:
    """Everything, until the block ends.

    Args:
        uid: whose it all is; None: the caller's.
    """
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="aosh-probes-"))
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        _furnish(root, uid)
        left_open = os.open(root / "outside/secret", os.O_RDONLY)
        os.set_inheritable(left_open, True)
        stack.callback(os.close, left_open)
        ours, terminal = os.openpty()
        stack.callback(os.close, ours)
        stack.callback(os.close, terminal)
        victim = _victim(root, uid)
        stack.callback(_end, victim)
        assert victim.stdout is not None
        world: World = {
            "inside": str(root / "inside"), "outside": str(root / "outside"), "secret": str(root / "outside/secret"),
            "tmp": str(root / "tmp"), "terminal": terminal, "victim": victim.pid,
            "where": int(victim.stdout.readline()), "memory_bytes": MEMORY_BYTES, "file_bytes": FILE_BYTES,
            "most": 600 + _tasks(),
        }  # fmt: skip
        yield Surroundings(world | _servers(root, stack), victim, left_open)


def _furnish(root: Path, uid: int | None) -> None:
    for folder in ("inside", "inside/.git/hooks", "outside", "tmp"):
        (root / folder).mkdir(parents=True)
    for name in ("outside/secret", "outside/.profile", "outside/other", "inside/mine"):
        (root / name).write_text(SECRET, encoding="utf-8")
    (root / "inside/one.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    if git := shutil.which("git"):
        subprocess.run([git, "init", "-q", str(root / "inside")], check=False, capture_output=True)
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if uid is not None:
            os.chown(path, uid, uid)


def _servers(root: Path, stack: ExitStack) -> World:
    """Addresses of sockets that somebody listens on."""
    abstract = f"aosh-probes-{secrets.token_hex(8)}"
    streams = [
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        (socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract),
        (socket.AF_UNIX, socket.SOCK_STREAM, str(root / "outside/stream")),
        (socket.AF_UNIX, socket.SOCK_DGRAM, str(root / "outside/datagrams")),
    ]
    made = [_bound(stack, *each) for each in streams]
    for path in ("stream", "datagrams"):
        (root / "outside" / path).chmod(0o777)
    try:
        six = _bound(stack, socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)).getsockname()[1]
    except OSError:
        six = 0
    return {
        "tcp": made[0].getsockname()[1], "udp": made[1].getsockname()[1], "tcp6": six, "abstract": abstract,
        "path_socket": str(root / "outside/stream"), "datagrams": str(root / "outside/datagrams"),
    }  # fmt: skip


def _bound(stack: ExitStack, family: int, kind: int, address: object) -> socket.socket:
    made = stack.enter_context(socket.socket(family, kind))
    made.bind(address)  # type: ignore[arg-type]
    if kind == socket.SOCK_STREAM:
        made.listen(8)
    return made


def _victim(root: Path, uid: int | None) -> "subprocess.Popen[bytes]":
    with open(root / "outside/secret", "rb") as secret:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _VICTIM], stdin=secret, stdout=subprocess.PIPE,
            env={"PROBE": SECRET}, cwd="/", user=uid, group=uid, extra_groups=None if uid is None else (),
        )  # fmt: skip


def _end(victim: "subprocess.Popen[bytes]") -> None:
    victim.kill()
    victim.wait()
    if victim.stdout is not None:
        victim.stdout.close()


def _tasks() -> int:
    """Those that run on the machine: a limit by user counts some of them."""
    with open("/proc/loadavg", encoding="ascii") as stream:
        return int(stream.read().split()[3].split("/")[1])
