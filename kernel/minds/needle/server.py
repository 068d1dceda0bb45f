"""The jailed mind process: holds the engine warm and answers over a Unix socket it inherited.

One per user. Ends after an idle time, or when told. It has no network, no file but the model's,
and no right to make a process; telemetry lives in the wheel's Python, which is never imported.
"""

import json
import os
import select
import socket
import sys
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread

import msgspec

from kernel.jail.child import HOST_PID
from kernel.minds.needle.engine import Bound, Weights
from kernel.minds.needle.messages import Answer, Bind, Question, State, Stop, Think, questions
from kernel.minds.needle.weights import Files
from syscalls.errors import MindFailed
from syscalls.wire import MAX_FRAME_BYTES, Unframer

MAX_BINDS = 20
"""Menus bound in one life: the library is never unloaded, so a process that has bound so many ends and a fresh one begins."""
MAX_MENUS = 8
"""Bound menus kept, least recently used dropped first; 51 MB each."""


class Shelf:
    """Bound menus by their text."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._weights: Weights | None = None
        self._bound: OrderedDict[str, Future[Bound]] = OrderedDict()
        self._pool = ThreadPoolExecutor(max_workers=2)
        self.binds = 0

    def get(self, menu: str) -> "Future[Bound]":
        """The bound menu, binding it when needed."""
        found = self._bound.get(menu)
        if found is None:
            while len(self._bound) >= MAX_MENUS:
                self._bound.popitem(last=False)
            found = self._bound[menu] = self._pool.submit(self._bind, menu)
            self.binds += 1
        self._bound.move_to_end(menu)
        return found

    def menus(self) -> int:
        """How many are bound or being bound."""
        return len(self._bound)

    def load(self) -> Weights:
        """The weights, read and verified at first use."""
        if self._weights is None:
            self._weights = Weights(self._files)
        return self._weights

    def _bind(self, menu: str) -> Bound:
        assert self._weights is not None
        with one_processor():
            return Bound(self._weights, menu)


class one_processor:
    """While the engine sizes its pool: one thread, which does not spin against the machine's other work.

    With two threads on two busy cores the engine's turns went from 0.3 s to 10 s; with one, to 0.5 s.
    """

    def __enter__(self) -> None:
        self._all = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(self._all)})

    def __exit__(self, *exc: object) -> None:
        os.sched_setaffinity(0, self._all)


class Server:
    """Accepts connections until idle for `idle_s` seconds."""

    def __init__(self, listener: socket.socket, shelf: Shelf, idle_s: float) -> None:
        self._listener = listener
        self._shelf = shelf
        self._idle_s = idle_s
        self._last = time.monotonic()
        self._busy = 0
        self._is_over = False

    def run(self, menus: Sequence[str]) -> None:
        """Serve; `menus` are bound while the first question is on its way."""
        self._shelf.load()
        for menu in menus[:MAX_MENUS]:
            self._shelf.get(menu)
        while not self._is_over:
            if self._shelf.binds >= MAX_BINDS and self._busy == 0:
                return
            ready, _, _ = select.select([self._listener], [], [], 1.0)
            if ready:
                peer, _ = self._listener.accept()
                Thread(target=self._talk, args=(peer,), daemon=True).start()
            elif self._busy == 0 and time.monotonic() - self._last > self._idle_s:
                return

    def _talk(self, peer: socket.socket) -> None:
        unframer = Unframer()
        self._busy += 1
        try:
            with peer:
                while data := peer.recv(65_536):
                    for body in unframer.feed(data):
                        self._last = time.monotonic()
                        send(peer, self._answer(questions.decode(body)))
                    if self._shelf.binds >= MAX_BINDS:
                        return
        except (OSError, ValueError, msgspec.DecodeError) as error:
            sys.stderr.write(f"a client was dropped: {error}\n")
        finally:
            self._busy -= 1
            self._last = time.monotonic()

    def _answer(self, question: Question) -> Answer:
        try:
            match question:
                case Think(menu, text):
                    return Answer(self._shelf.get(menu).result().complete(text))
                case Bind(menus):
                    for menu in menus[:MAX_MENUS]:
                        self._shelf.get(menu)
                    return Answer({})
                case State():
                    return Answer(
                        {"pid": int(os.environ.get(HOST_PID, os.getpid())), "menus": self._shelf.menus()}
                    )
                case Stop():
                    self._is_over = True
                    return Answer({})
        except MindFailed as error:
            return Answer(error=str(error))


def send(peer: socket.socket, message: msgspec.Struct) -> None:
    """Write one length-prefixed message."""
    body = msgspec.msgpack.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"message of {len(body)} bytes exceeds {MAX_FRAME_BYTES}")
    peer.sendall(len(body).to_bytes(4, "big") + body)


def main(args: list[str]) -> None:
    """Entry in the jail. `args[0]`: JSON with the listening descriptor, the engine's files and the idle time."""
    settings = json.loads(args[0])
    listener = socket.socket(fileno=settings["listener"])
    files = Files(settings["library"], settings["weights"], "")
    Server(listener, Shelf(files), float(settings["idle_s"])).run(settings["menus"])
    os._exit(0)
