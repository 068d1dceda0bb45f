"""The kernel's side of the warm mind process: find it, start it when it is not there, ask it.

One process per user and engine version, reached over a Unix socket in a private folder. It is
started detached, jailed, and with the listening socket already made, so that the first question
waits in the backlog while the engine loads.
"""

import asyncio
import fcntl
import json
import os
import socket
import struct
from pathlib import Path
from typing import Any

import msgspec

from kernel.jail.spawn import spawn
from kernel.jail.spec import JailError, JailSpec, Tier
from kernel.minds.needle import messages, weights
from syscalls.errors import MindFailed
from syscalls.wire import Unframer

IDLE_S = 900.0
ANSWER_DEADLINE_S = 30.0
PROTOCOL = 1
"""Grows when the messages change; part of the socket's name."""

_answers = msgspec.msgpack.Decoder(messages.Answer)


class Service:
    """Connection to the user's mind process."""

    def __init__(self, folder: Path, tier: Tier, idle_s: float = IDLE_S) -> None:
        """Args: `folder` is private to the user (mode 0700) and made when missing; `tier` is the engine's jail."""
        self._folder = folder
        self._tier = tier
        self._idle_s = idle_s
        self._path = folder / f"mind-{weights.VERSION}-{PROTOCOL}-{tier}.sock"
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._asking = asyncio.Lock()
        """Held from a question to its answer: one stream, answers in order."""

    async def complete(self, menu: str, text: str) -> dict[str, Any]:
        """The engine's envelope for a request over a menu (JSON of tool schemas).

        Raises:
            MindFailed: the engine could not be started, or ended before it answered.
        """
        return await self._ask(messages.Think(menu, text))

    async def bind(self, menus: tuple[str, ...]) -> None:
        """Let menus be bound in the background."""
        await self._ask(messages.Bind(menus))

    async def state(self) -> dict[str, Any]:
        """Its pid and how many menus are bound."""
        return await self._ask(messages.State())

    async def stop(self) -> bool:
        """End the process; False when none ran."""
        if not self._is_there():
            return False
        await self._ask(messages.Stop())
        return True

    async def close(self) -> None:
        """Hang up; the process goes on until it is idle long enough."""
        if self._stream is not None:
            self._stream[1].close()
            self._stream = None

    def is_running(self) -> bool:
        """Whether somebody answers at the socket, without starting it."""
        return self._is_there()

    def start(self, menus: tuple[str, ...]) -> None:
        """Start the process where it is not running, with `menus` to be bound first; waits for no answer.

        Raises:
            MindFailed: it cannot be started.
        """
        if not self._is_there():
            self._start(menus)

    async def _ask(self, question: msgspec.Struct) -> dict[str, Any]:
        async with self._asking:
            for attempt in (1, 2):
                try:
                    async with asyncio.timeout(ANSWER_DEADLINE_S):
                        answer = await self._exchange(question)
                except (OSError, EOFError, ValueError, msgspec.DecodeError) as error:
                    await self.close()
                    if attempt == 2:
                        raise MindFailed(
                            f"the embedded mind ended before it answered ({error or 'hung up'})"
                        ) from None
                    continue
                except TimeoutError:
                    await self.close()
                    raise MindFailed(
                        f"the embedded mind gave no answer within {ANSWER_DEADLINE_S:g} s"
                    ) from None
                except asyncio.CancelledError:
                    await self.close()  # the answer still to come is not the next question's
                    raise
                if answer.error:
                    raise MindFailed(answer.error)
                return answer.envelope
        raise AssertionError("unreachable")

    async def _exchange(self, question: msgspec.Struct) -> messages.Answer:
        if self._stream is None:
            self._stream = await self._connect()
        reader, writer = self._stream
        body = msgspec.msgpack.encode(question)
        writer.write(len(body).to_bytes(4, "big") + body)
        await writer.drain()
        unframer = Unframer()
        while True:
            data = await reader.read(65_536)
            if not data:
                raise EOFError("hung up")
            for frame in unframer.feed(data):
                return _answers.decode(frame)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not self._is_there():
            await asyncio.to_thread(self._start)
        reader, writer = await asyncio.open_unix_connection(str(self._path))
        check_peer(writer.get_extra_info("socket"))
        return reader, writer

    def _is_there(self) -> bool:
        probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            probe.connect(str(self._path))
            return True
        except OSError:
            return False
        finally:
            probe.close()

    def _start(self, menus: tuple[str, ...] = ()) -> None:
        """Start the process, once: a lock file decides between two shells."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files = weights.locate()
        with open(self._folder / "mind.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._is_there():
                return
            self._path.unlink(missing_ok=True)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
                listener.bind(str(self._path))
                os.chmod(self._path, 0o600)
                listener.listen(16)
                self._spawn(listener, files, menus)

    def _spawn(self, listener: socket.socket, files: weights.Files, menus: tuple[str, ...]) -> None:
        settings = {
            "listener": listener.fileno(),
            "library": files.library,
            "weights": files.weights,
            "idle_s": self._idle_s,
            "menus": menus,
        }
        spec = JailSpec(
            read=(os.path.dirname(files.library),),
            accept=True,
            detach=True,
            memory_bytes=3 << 30,
            cpu_s=86_400,
        )
        try:
            spawn(
                spec, "kernel.minds.needle.server", [json.dumps(settings)], name="aosh-mind",
                pass_fds=(listener.fileno(),), env={"NEEDLE_TELEMETRY": "0", "DO_NOT_TRACK": "1"}, tier=self._tier,
            )  # fmt: skip
        except (JailError, OSError) as error:
            raise MindFailed(f"the embedded mind could not be started: {error}") from None


def check_peer(sock: Any) -> None:
    """Refuse a mind process of another user.

    Raises:
        MindFailed: the peer's user is not ours.
    """
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", raw)
    if uid != os.getuid():
        raise MindFailed(
            f"the mind process belongs to user {uid}, not to you ({os.getuid()}); it is not used"
        )
