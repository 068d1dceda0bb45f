"""How do `aosh top` and `aosh ps` look into a running kernel, and stop its agents? A socket for its own user only.

A kernel that lives longer than a second listens at `hosts/PID.sock` in the user's runtime folder: one line of JSON
(`Asked`) in, one line (`Seen` or `Said`) out. It is a person's own way, as `/kill` at the prompt is: no call, no mind.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from apps.shell.seen import AgentSeen, Asked, ProgramSeen, Said, Seen
from kernel.processes.nice import LEAST, MOST
from kernel.processes.table import Agent
from syscalls.errors import SysError

if TYPE_CHECKING:
    from apps.shell.host import Host

AFTER_S = 1.0
"""A kernel that ends sooner is not looked into."""
_ENDED_S = 60.0
_LINE_BYTES = 4096
_ANSWER_S = 2.0


def folder_of(runtime: Path) -> Path:
    """Where kernels listen."""
    return runtime / "hosts"


class Door:
    """One host's socket."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._path = folder_of(host.folders.runtime) / f"{os.getpid()}.sock"
        self._timer = asyncio.get_running_loop().call_later(AFTER_S, self._open)
        self._task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Listen no more."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._path.unlink(missing_ok=True)

    def _open(self) -> None:
        self._task = self._host.group.create_task(self._serve())

    async def _serve(self) -> None:
        try:
            listening = _listening(self._path)
        except OSError:
            return  # a full or foreign folder: nothing is seen from outside, all else goes on
        async with await asyncio.start_unix_server(self._meet, sock=listening, limit=_LINE_BYTES):
            await asyncio.Event().wait()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from apps.shell.service.place import Unsafe, check_peer

        with contextlib.suppress(OSError, TimeoutError, ValueError, Unsafe):
            check_peer(writer.get_extra_info("socket"))
            async with asyncio.timeout(_ANSWER_S):
                writer.write(await self.answer(await reader.readline()) + b"\n")
                await writer.drain()
        writer.close()

    async def answer(self, line: bytes) -> bytes:
        """The answer to one line."""
        try:
            asked = msgspec.json.decode(line, type=Asked)
            if asked.do == "look":
                return msgspec.json.encode(seen(self._host))
            await self._act(asked, self._host.agents.get(asked.pid))
        except (SysError, msgspec.DecodeError) as error:
            return msgspec.json.encode(Said(str(error)))
        return msgspec.json.encode(Said())

    async def _act(self, asked: Asked, agent: Agent) -> None:
        match asked.do:
            case "kill":
                await self._host.agents.stop([agent], "you stopped it")
            case "suspend":
                self._host.agents.suspend(agent)
            case "resume":
                self._host.agents.resume(agent)
            case _:
                self._host.renice(agent, min(max(asked.nice, LEAST), MOST))


def seen(host: "Host") -> Seen:
    """How a host stands."""
    now = time.time()
    running, waiting = host.engines.load()
    return Seen(
        os.getpid(),
        tuple(_agent(host, each) for each in host.agents if not each.row.ended or now - each.row.ended < _ENDED_S),
        tuple(
            ProgramSeen(
                run.name, run.session, run.process.pid, run.figures.memory_bytes, round(run.figures.cpu_s, 2),
                run.figures.processes, run.nice, run.why_paused,
            )
            for run in host.runs
        ),
        int(host.meter.used("tokens")), running, waiting, host.admission.waiting_count, host.steward.held_count,
    )  # fmt: skip


def _agent(host: "Host", agent: Agent) -> AgentSeen:
    row, meter = agent.row, agent.process.meter
    return AgentSeen(
        row.pid, row.state, row.goal, row.owner, row.started, row.nice, row.reason, row.near,
        row.used if agent.state.is_end else meter.figures(), meter.limited(), int(meter.used("memory_bytes")),
        len(host.runs.of(agent.process)), row.session,
    )  # fmt: skip


def look_into(runtime: Path) -> list[Seen]:
    """Every kernel of this user that answers now; what one that died left behind is taken away."""
    found = []
    for path in sorted(folder_of(runtime).glob("*.sock")):
        answer = ask(path, Asked("look"))
        if answer is not None:
            with contextlib.suppress(msgspec.DecodeError):
                found.append(msgspec.json.decode(answer, type=Seen))
        elif not Path(f"/proc/{path.stem}").exists():
            path.unlink(missing_ok=True)
    return found


def tell(runtime: Path, kernel: int, asked: Asked) -> str:
    """Have a kernel do something with an agent; what went wrong, or nothing."""
    answer = ask(folder_of(runtime) / f"{kernel}.sock", asked)
    return "the kernel does not answer" if answer is None else msgspec.json.decode(answer, type=Said).error


def ask(path: Path, asked: Asked) -> bytes | None:
    """One question; None where nobody answers in time."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_ANSWER_S)
        try:
            with _short(path) as name:
                sock.connect(name)
            sock.sendall(msgspec.json.encode(asked) + b"\n")
            parts = bytearray()
            while part := sock.recv(1 << 16):
                parts += part
        except OSError:
            return None
    return bytes(parts) or None


def _listening(path: Path) -> socket.socket:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        with _short(path) as name:
            sock.bind(name)
        os.chmod(path, 0o600)
        sock.listen(8)
    except OSError:
        sock.close()
        raise
    return sock


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name that a socket's address has room for, however deep the folder is."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
