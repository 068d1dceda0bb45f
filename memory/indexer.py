"""The process that holds the index: it may crash, and begins again with a new folder where the old one made it crash.

It sits at the other end of a socket of the memory's driver, in a jail of its own that may fork. The parent holds
nothing but the socket; a child opens chromadb, tries it, and answers. A child that ends oddly, or is not ready in
time, has its folder set aside and the next one makes the index anew from the truth, which it can only read.
While nobody asks, it indexes what was stored since.

    driver -> child   a `Question`, `HowFar`, or `Changed`
    child -> driver   `Ready` once; then an `Answer` or `Far` for each question

Messages are packets (SOCK_SEQPACKET): a child that dies leaves no half of one. The socket's end is the process's.
"""

import fcntl
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

import msgspec

from memory import marks
from memory.index import Faulty, Index, set_aside
from memory.packets import PACKET_BYTES, Answer, Changed, Far, HowFar, Ready, to_indexer
from memory.schema import connect_to_read
from memory.view import LARGE
from syscalls.errors import SysError

TRIAL_S = 120.0
"""How long a child may take until it is ready."""
END_S = 20.0
"""How long a child may go on once the driver has gone: a batch ends well, a hanging one does not."""
_TRIES = 2
_REFUSED = 3
"""Exit status of a child that could do nothing, through no fault of the folder."""


class Settings(msgspec.Struct, frozen=True):
    """How it is started: the JSON it is given."""

    channel: int
    """Descriptor of the inherited packet socket."""
    truth: str
    """The memory's file."""
    folder: str
    """Where the indexes are: `marks.FOLDER` in it, and `marks.ASIDE`."""
    model: str
    least: int = LARGE


def main(arguments: list[str]) -> int:
    """Run as `Settings` say (JSON, the one argument); 0 when the driver closed the channel."""
    settings = msgspec.json.decode(arguments[0], type=Settings)
    place = Path(settings.folder)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with socket.socket(fileno=settings.channel) as channel, (place / marks.LOCK).open("wb") as lock:
        channel.setblocking(True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another shell has it; the driver sees the socket's end and does without
        for _ in range(_TRIES):
            fault = _one_life(settings, channel)
            if fault is None:
                return 0
            set_aside(place / marks.FOLDER, fault, place / marks.ASIDE)
    return 1


def _one_life(settings: Settings, channel: socket.socket) -> str | None:
    """Run a child; why its folder is to be set aside, or None where nothing more is to be done."""
    ends, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ends)
        _child(settings, channel, said)
    os.close(said)
    with open(ends, "rb", buffering=0) as told:
        last = _watched(pid, channel, told.fileno())
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code in (0, _REFUSED) or _is_over(channel):
        return None
    return last or (f"it crashed with signal {-code}" if code < 0 else f"it ended with {code}")


def _watched(pid: int, channel: socket.socket, told: int) -> str:
    """What the child said last; it is killed where it takes too long to begin, or to end."""
    poll = select.poll()
    poll.register(told, select.POLLIN)
    poll.register(channel, select.POLLRDHUP)
    deadline, said, is_ready = time.monotonic() + TRIAL_S, "", False
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            os.kill(pid, signal.SIGKILL)
            return said if is_ready else f"it was not ready within {TRIAL_S:.0f} s"
        events = dict(poll.poll(1000 * min(left, 3600)))
        if told in events:
            raw = os.read(told, 4096)
            if not raw:
                return said
            if raw == b"\n":
                is_ready, deadline = True, float("inf")
            else:
                said = raw.decode("utf-8", "replace").strip()
        if channel.fileno() in events:
            poll.unregister(channel)
            deadline = time.monotonic() + END_S


def _is_over(channel: socket.socket) -> bool:
    poll = select.poll()
    poll.register(channel, select.POLLRDHUP)
    return bool(poll.poll(0))


def _child(settings: Settings, channel: socket.socket, said: int) -> None:
    """The child's whole life."""
    code = 1
    try:
        code = _serve(settings, channel, said)
    except Faulty as fault:
        os.write(said, str(fault).encode()[:1000])
    except SysError as refusal:  # the truth is damaged, of another model, or chromadb is missing
        sys.stderr.write(f"{refusal}\n")
        code = _REFUSED
    # Whatever else there is, the folder is taken to be the reason.
    except Exception as odd:  # noqa: BLE001
        os.write(said, f"{type(odd).__name__}: {odd}".encode()[:1000])
    finally:
        os._exit(code)


def _serve(settings: Settings, channel: socket.socket, said: int) -> int:
    base = connect_to_read(Path(settings.truth))
    index = Index(Path(settings.folder) / marks.FOLDER, base, settings.model, settings.least)
    os.write(said, b"\n")
    try:
        channel.send(msgspec.msgpack.encode(Ready()))
        is_behind = True
        while True:
            if is_behind:
                is_behind = index.step()
            readable, _, _ = select.select([channel], [], [], 0 if is_behind else None)
            if readable:
                if not (raw := channel.recv(PACKET_BYTES)):
                    return 0
                is_behind = _heard(index, channel, raw) or is_behind
    except (BrokenPipeError, ConnectionResetError):
        return 0
    finally:
        index.close()


def _heard(index: Index, channel: socket.socket, raw: bytes) -> bool:
    """Answer a message; whether the truth may have changed."""
    import numpy

    message = to_indexer.decode(raw)
    if isinstance(message, Changed):
        return True
    if isinstance(message, HowFar):
        channel.send(msgspec.msgpack.encode(Far(message.id, *index.progress())))
        return True
    vector = numpy.frombuffer(message.vector, dtype=numpy.float32)
    found = index.nearest(message.space, message.kind, vector, message.count)
    answer = Answer(message.id, found.ids, found.upto) if found else Answer(message.id, [], 0)
    channel.send(msgspec.msgpack.encode(answer))
    return False
