"""A kernel's end of the wire for tests: a real driver in a process of its own."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from syscalls import file, wire
from syscalls.declare import A, Syscall, V
from syscalls.errors import from_wire
from syscalls.labels import Labels
from syscalls.table import AnyCall
from syscalls.undo import Plan, Step

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[2]


class Client:
    """Calls a driver and waits for its answers."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.labels = Labels()
        self.undo: tuple[Step, ...] = ()
        self.plan = Plan((), ())
        self._unframer = wire.Unframer()
        self._ready: list[wire.Response] = []
        self._next = 0

    def __call__(self, call: Syscall[A, V], **arguments: Any) -> V:
        """The value; an effect is planned and committed. Raises the SysError a failure stands for."""
        if call.effect.is_side_effect:
            return self.commit(call, self.prepare(call, **arguments))
        return self._value(call, self.ask(wire.Call(self.identity(), call.name, arguments)))

    def prepare(self, call: Syscall[A, V], **arguments: Any) -> int:
        """Plan an effect; the identity to commit or abort it by. `plan` holds the plan."""
        identity = self.identity()
        response = self.ask(wire.Call(identity, call.name, arguments))
        if isinstance(response, wire.Fail):
            raise from_wire(response.error)
        assert isinstance(response, wire.Planned)
        self.plan = response.plan
        return identity

    def commit(self, call: Syscall[A, V], identity: int) -> V:
        """Let a planned effect happen."""
        return self._value(call, self.ask(wire.Commit(identity)))

    def abort(self, identity: int) -> None:
        """Drop a planned effect."""
        self.send(wire.Abort(identity))

    def ask(self, request: wire.Request) -> wire.Response:
        """Send one frame and take the next answer."""
        self.send(request)
        return self.answer()

    def send(self, request: wire.Request) -> None:
        """Send one frame."""
        self.channel.sendall(wire.encode(request))

    def answer(self) -> wire.Response:
        """The next answer, within 20 s."""
        while not self._ready:
            arrived = self.channel.recv(1 << 20)
            if not arrived:
                raise EOFError("the driver ended")
            self._ready += [wire.responses.decode(body) for body in self._unframer.feed(arrived)]
        return self._ready.pop(0)

    def identity(self) -> int:
        """A fresh call number."""
        self._next += 1
        return self._next

    def _value(self, call: Syscall[A, V], response: wire.Response) -> V:
        if isinstance(response, wire.Fail):
            raise from_wire(response.error)
        assert isinstance(response, wire.Ok)
        self.labels, self.undo = response.labels, response.undo
        return msgspec.msgpack.decode(response.value, type=call.value)


class Driver(Client):
    """A client together with the process it talks to."""

    def __init__(self, channel: socket.socket, process: "subprocess.Popen[bytes]") -> None:
        super().__init__(channel)
        self.process = process


@contextmanager
def driver(
    app: str,
    *roots: Path,
    home: Path | None = None,
    store: Path | None = None,
    read_only: bool = False,
    before: str = "",
    path: Path = ROOT,
    stderr: int | None = None,
) -> Iterator[Driver]:
    """A running driver with these folders granted.

    Args:
        app: its reference.
        roots: the folders.
        home: shown paths are relative to it; the first root when absent.
        store: the undo store.
        read_only: the folders are granted for looking only.
        before: Python that runs in the driver first.
        path: a folder with the plugin's package.
        stderr: as for `subprocess`.
    """
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    settings = {
        "app": app,
        "channel": theirs.fileno(),
        "roots": [{"path": str(root), "write": not read_only} for root in roots],
        "home": str(home or (roots[0] if roots else "/")),
        "store": str(store) if store else None,
    }
    module = app.partition(":")[0]
    load = f"import sys; sys.path.append({str(path)!r}); import {module}\nfrom apps.serve import main"
    code = f"{load}\n{before}\nsys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(settings)],
        cwd=ROOT,
        pass_fds=[theirs.fileno()],
        stderr=stderr,
    )
    theirs.close()
    try:
        yield Driver(ours, process)
    finally:
        ours.close()
        if process.wait(timeout=20) not in (0, -9):
            raise AssertionError(f"the driver ended with {process.returncode}")
        if process.stderr:
            process.stderr.close()


def cases(*calls: tuple[AnyCall, dict[str, Any]]) -> tuple[tuple[AnyCall, dict[str, Any]], ...]:
    """Calls of different kinds with their arguments."""
    return calls


class Desk:
    """A folder and the driver that has it; names in calls are relative to the folder."""

    def __init__(self, running: Driver, at: Path, store: Path) -> None:
        self.driver = running
        self.at = at
        self.store = store

    def fresh(self) -> "Desk":
        """The same driver on an empty folder within."""
        return Desk(self.driver, Path(tempfile.mkdtemp(dir=self.at)), self.store)

    def __call__(self, call: Syscall[A, V], **arguments: Any) -> V:
        """Call with absolute paths."""
        return self.driver(call, **self.absolute(arguments))

    def prepare(self, call: Syscall[A, V], **arguments: Any) -> int:
        """Plan with absolute paths."""
        return self.driver.prepare(call, **self.absolute(arguments))

    def undo(self, steps: tuple[Step, ...], *, force: bool = False) -> tuple[Step, ...]:
        """Take an effect back; the steps that redo it."""
        touched = {step.path for step in steps} | {
            step.to for step in steps if step.do == "rename" and step.to
        }
        paths = sorted(path for path in touched if not path.startswith(f"{self.store}/"))
        self.driver(file.revert, paths=paths, steps=msgspec.to_builtins(steps), force=force)
        return self.driver.undo

    def shown(self, path: str) -> str:
        """The path without the part that leads to this folder."""
        return path.removeprefix(f"{self.at.name}/")

    def absolute(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments as the gate passes them on."""
        result = dict(arguments)
        for name in ("path", "left", "right", "to"):
            if name in result:
                result[name] = self._absolute(result[name])
        if "paths" in result:
            result["paths"] = [self._absolute(path) for path in result["paths"]]
        return result

    def _absolute(self, path: str) -> str:
        slash = "/" if path.endswith("/") else ""
        return os.path.normpath(os.path.join(self.at, path)) + slash


class Seen(NamedTuple):
    """One name on disk, as far as undo must restore it."""

    mode: int
    mtime_ns: int
    content: bytes | str | None
    xattrs: dict[str, bytes]


def seen(top: Path) -> dict[str, Seen]:
    """Everything below a folder, and the folder itself."""
    found = {}
    for path in [top, *sorted(top.rglob("*"))]:
        info = path.lstat()
        content: bytes | str | None = None
        xattrs = {}
        mtime = info.st_mtime_ns
        if path.is_symlink():
            content, mtime = os.readlink(path), 0
        else:
            xattrs = {name: os.getxattr(path, name) for name in os.listxattr(path)}
            content = path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(top))] = Seen(info.st_mode, mtime, content, xattrs)
    return found


@contextmanager
def as_nobody(at: Path) -> Iterator[Desk]:
    """A driver without root's powers, on a folder it owns; the store lies beside the workspace."""
    if os.getuid() != 0:
        raise RuntimeError("only root can give up being root")
    at.chmod(0o755)
    ws, store = at / "ws", at / "store"
    for folder in (ws, store):
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
    drop = f"import os\nos.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})"
    with driver("apps.files.app:files", ws, store=store, before=drop) as started:
        yield Desk(started, ws, store)
