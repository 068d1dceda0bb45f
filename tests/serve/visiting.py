"""Shells that sit at sessions of a service: by frames, and in a terminal of their own."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from types import TracebackType
from typing import Any, TypeVar

import msgspec

from apps.shell.service import messages
from kernel.version import VERSION
from tests.e2e.program import Program
from tests.serve.serving import WAIT_S, Serving, Talk

F = TypeVar("F")
_ACTING = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")


class Visitor:
    """A shell by frames."""

    def __init__(self, serving: Serving, session: str = "", **wanted: Any) -> None:
        self.talk: Talk = serving.connect()
        self.talk.send(messages.Hello(VERSION, serving.place()))
        assert isinstance(self.talk.next(), messages.Welcome)
        asked = messages.Wanted(
            cwd=str(serving.aosh.workspace), mode="accept-edits", search=tuple(os.environ["PATH"].split(":"))
        )
        self.talk.send(
            messages.Attach(
                wanted=msgspec.structs.replace(asked, **wanted), session=session, has_colour=False
            )
        )
        self.drawn = ""
        self.first = self.talk.next()

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.talk.sock.close()

    @property
    def session(self) -> str:
        """Where it sits."""
        assert isinstance(self.first, messages.Seated), self.first
        return self.first.session_id

    def until(self, kind: type[F]) -> F:
        """Take frames until one of that kind."""
        while (frame := self.talk.next()) is not None:
            if isinstance(frame, messages.Draw):
                self.drawn += frame.text
            if isinstance(frame, kind):
                return frame
        raise AssertionError(f"it hung up before any {kind.__name__}; drawn: {self.drawn}")

    def until_drawn(self, text: str) -> None:
        """Take frames until that was drawn."""
        while text not in self.drawn:
            self.until(messages.Draw)

    def reply(self, question: messages.Question, text: str | None, code: int = 0) -> None:
        """Answer."""
        self.talk.send(messages.Replied(question.number, text, code))

    def types(self, line: str) -> None:
        """Hand in a line at the next prompt."""
        self.reply(self.until(messages.Read), line)

    def leaves(self) -> None:
        """End the session from its prompt."""
        self.reply(self.until(messages.Read), None)
        assert self.until(messages.Left).code == 0


class Terminal:
    """`aosh` in a terminal."""

    def __init__(self, aosh: Program, *words: str) -> None:
        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.cooked = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.process = subprocess.Popen(
            [sys.executable, "-m", "apps.shell.main", *words],
            cwd=aosh.workspace,
            env={**aosh.surroundings, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        self._raw = b""
        self._read = 0

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(WAIT_S)
        os.close(self._own)
        os.close(self._theirs)

    @property
    def text(self) -> str:
        """All that was written, without cursor movements."""
        return _ACTING.sub("", self._raw.decode("utf-8", "replace")).replace("\r", "")

    def types(self, keys: str | bytes, until: str) -> str:
        """Press keys, and wait for that to appear after them; what appeared."""
        self._read = len(self.text)
        os.write(self._own, keys.encode() if isinstance(keys, str) else keys)
        return self.sees(until)

    def sees(self, text: str, after: str = "") -> str:
        """Wait for that to appear, later than `after` did."""
        end = time.monotonic() + 2 * WAIT_S
        while text not in self._later(after):
            ready, _, _ = select.select([self._own], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} never appeared: {self.text[self._read :][-2000:]}"
            self._raw += os.read(self._own, 65_536)
        return self.text[self._read :]

    def _later(self, after: str) -> str:
        new = self.text[self._read :]
        return new[new.index(after) + len(after) :] if after in new else ""

    def ended(self) -> int:
        """Its exit code, and that it left the terminal as it was."""
        code = self.process.wait(2 * WAIT_S)
        assert termios.tcgetattr(self._theirs)[:4] == self.cooked[:4], "the terminal is as it was"
        return code
