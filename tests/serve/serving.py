"""`aosh serve` in a process of its own, and what tests do with its socket."""

import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from apps.shell.service import messages
from apps.shell.service.place import place_of
from apps.shell.settings import Settings, folders
from kernel.version import VERSION
from syscalls.wire import Unframer
from tests.e2e.program import Program

WAIT_S = 20.0


class Serving:
    """A service that runs as long as the block."""

    def __init__(self, aosh: Program, *options: str) -> None:
        self.aosh = aosh
        self._options = options
        self.said = b""
        self.process: subprocess.Popen[bytes]

    def __enter__(self) -> "Serving":
        self.process = self.aosh.start("serve", *self._options)
        self.until_said("answers at")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=WAIT_S)
        finally:
            self.process.kill()

    @property
    def path(self) -> Path:
        return self.aosh.base / "home/run/service.sock"

    def until_said(self, text: str) -> None:
        """Wait until its log says so."""
        assert self.process.stderr is not None
        until = time.monotonic() + WAIT_S
        while text.encode() not in self.said:
            ready, _, _ = select.select([self.process.stderr], [], [], max(0.0, until - time.monotonic()))
            part = os.read(self.process.stderr.fileno(), 65_536) if ready else b""
            assert part, f"it never said {text!r}: {self.said.decode()}"
            self.said += part

    def state(self) -> dict[str, Any]:
        """What `aosh serve status` says."""
        import json

        found: dict[str, Any] = json.loads(self.aosh.run("serve", "status", "--json").out)
        return found

    def until_sessions(self, count: int) -> None:
        """Wait until so many requests are under way."""
        until = time.monotonic() + WAIT_S
        while len(asked(self, messages.State())) != count:
            assert time.monotonic() < until, f"never {count} sessions"

    def place(self) -> messages.Place:
        """Where a shell of this test stands."""
        places = folders({"AOSH_HOME": str(self.aosh.base / "home")}, self.aosh.base)
        return place_of(Settings(places, cwd=self.aosh.workspace, home=Path.home(), mind=self.aosh.mind))

    def connect(self) -> "Talk":
        """A bare connection."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(WAIT_S)
        sock.connect(str(self.path))
        return Talk(sock)


class Talk:
    """Frames by hand."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._unframer = Unframer()
        self._frames: list[bytes] = []

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, message: messages.Up) -> None:
        self.sock.sendall(messages.frame(message))

    def next(self) -> messages.Down | None:
        """The next frame; None when the service hung up."""
        while not self._frames:
            try:
                data = self.sock.recv(65_536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._frames += self._unframer.feed(data)
        found: messages.Down = messages.down.decode(self._frames.pop(0))
        return found

    def rest(self) -> list[messages.Down]:
        """All frames until it hangs up."""
        found = []
        while (frame := self.next()) is not None:
            found.append(frame)
        return found


def asked(serving: Serving, question: messages.State) -> tuple[messages.Session, ...]:
    """The sessions under way."""
    with serving.connect() as talk:
        talk.send(messages.Hello(VERSION))
        talk.send(question)
        condition = talk.rest()[-1]
        assert isinstance(condition, messages.Condition)
        return condition.sessions
