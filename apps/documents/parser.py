"""The jail in which hostile bytes are taken apart: it may open no file of anybody's, and each document gets a process.

The process that waits here only carries bytes: it reads a document from its stream, forks, and hands on what the
child wrote before it ended, however it ended. What a document does to its child is lost with the child.
"""

import importlib
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any

import msgspec

from apps.documents import formats

CPU_S = 20
WALL_S = 60
MEMORY_BYTES = 768 << 20
"""Address space of a child; set for the whole jail."""
_MOST_ANSWER_BYTES = 32 << 20
_MODULES = {"pdf": ("pypdf",), "docx": ("docx",), "xlsx": ("openpyxl",)}
"""What each kind needs, loaded before the first fork so that not every document pays for it."""


class Job(msgspec.Struct, frozen=True):
    """A document."""

    kind: str
    """Key of `formats.READERS`."""
    raw: bytes


class Told(msgspec.Struct):
    """What a document says."""

    parts: list[tuple[str, int]] = []
    """(text, page)."""
    why: str = ""
    """Why that is not all of it, for people."""


_jobs, _answers = msgspec.msgpack.Decoder(Job), msgspec.msgpack.Encoder()


def send(channel: socket.socket, body: bytes) -> None:
    """One frame."""
    channel.sendall(len(body).to_bytes(4, "big") + body)


def receive(channel: socket.socket) -> bytes:
    """One frame; empty where the other end has gone."""
    head = _exactly(channel, 4)
    return _exactly(channel, int.from_bytes(head, "big")) if head else b""


def main(arguments: list[str]) -> int:
    """Take documents from the stream (the one argument says its descriptor as JSON) until the other end goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    with socket.socket(fileno=msgspec.json.decode(arguments[0])["channel"]) as channel:
        channel.setblocking(True)
        while body := receive(channel):
            send(channel, _taken_apart(_jobs.decode(body)))
    return 0


def _taken_apart(job: Job) -> bytes:
    for module in ("lxml.etree", *_MODULES.get(job.kind, ())):
        importlib.import_module(module)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _read(job, theirs)
    os.close(theirs)
    answer = _until_closed(ours)
    os.close(ours)
    _, status = os.waitpid(child, 0)
    if answer and os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
        return answer
    return _answers.encode(Told(why=_ended(status)))


def _read(job: Job, out: int) -> None:
    """The child: never returns."""
    told = Told()
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        signal.alarm(WALL_S)
        size = 0
        for text, page in formats.READERS[job.kind](job.raw):
            clean = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
            told.parts.append((clean[: formats.MOST_CHARACTERS - size], page))
            size += len(clean)
            if size >= formats.MOST_CHARACTERS:
                told.why = f"only its first {formats.MOST_CHARACTERS >> 20} Mi characters are read"
                break
    finally:  # whatever it was: it ends here
        error = sys.exc_info()[1]
        if error is not None:
            told.why = _said(error)
        _write(out, told)
        os._exit(0)


def _write(out: int, told: Told) -> None:
    rest = memoryview(_answers.encode(told))
    while rest:
        rest = rest[os.write(out, rest) :]


def _said(error: BaseException) -> str:
    if isinstance(error, formats.Unreadable):
        return str(error)
    if isinstance(error, MemoryError):
        return f"reading it takes more than {MEMORY_BYTES >> 20} MiB of memory"
    return f"it cannot be read: {type(error).__name__}: {str(error)[:120]}"


def _ended(status: int) -> str:
    """How a child ended without an answer."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number in (signal.SIGXCPU, signal.SIGKILL):
            return f"reading it took more than {CPU_S} s of processor time"
        if number == signal.SIGALRM:
            return f"reading it took more than {WALL_S} s"
        return f"its reader crashed ({signal.Signals(number).name})"
    return f"its reader ended with status {os.WEXITSTATUS(status)}"


def _until_closed(source: int) -> bytes:
    found = bytearray()
    end = time.monotonic() + WALL_S + 5
    while (left := end - time.monotonic()) > 0 and select.select([source], [], [], left)[0]:
        block = os.read(source, 1 << 20)
        if not block:
            return bytes(found)
        found += block
        if len(found) > _MOST_ANSWER_BYTES:
            break
    os._exit(
        3
    )  # a child that neither answers nor ends: with this process it is killed, and the next one starts anew


def _exactly(channel: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        block: Any = channel.recv(min(size - len(found), 1 << 20))
        if not block:
            return b""
        found += block
    return bytes(found)
