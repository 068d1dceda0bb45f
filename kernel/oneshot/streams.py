"""How does output come out of a run, and input go in, at the pace of whoever is slower?"""

import asyncio
import os

from kernel.oneshot.port import OnOutput, Stream

_CHUNK_BYTES = 1 << 16
_DROP_PAUSE_S = 0.01
"""Output that nobody gets is read in steps: a flood may not keep the kernel busy."""


class Listener:
    """Passes on the output of a run, up to a limit over both its streams."""

    def __init__(self, hear: OnOutput, limit_bytes: int) -> None:
        self._hear = hear
        self._left_bytes = limit_bytes
        self.is_cut = False
        """Whether something was dropped."""
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Fails with what `hear` raised; it is then told nothing more."""

    def told(self, name: Stream, chunk: bytes) -> bool:
        """Pass on what fits; False when nothing will fit any more."""
        passed = chunk[: self._left_bytes]
        self._left_bytes -= len(passed)
        self.is_cut |= len(passed) < len(chunk)
        if passed and not self.failed.done():
            try:
                self._hear(name, passed)
            except Exception as problem:  # noqa: BLE001 - it is the caller's own, and raised to it
                self.failed.set_exception(problem)
        return self._left_bytes > 0

    def close(self) -> None:
        """Raise what was raised, if anything."""
        if self.failed.done():
            self.failed.result()
        self.failed.cancel()


class Output:
    """The kernel's end of standard output or error.

    Each chunk is passed on before the next is read, so that a slow listener holds the program up.
    """

    def __init__(self, name: Stream, listener: Listener) -> None:
        self._loop = asyncio.get_running_loop()
        self._name: Stream = name
        self._listener = listener
        self._end, self.theirs = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._end, False)
        self._pause: asyncio.TimerHandle | None = None
        self.seen_bytes = 0
        """All that was written, with what was dropped."""
        self.over: asyncio.Future[None] = self._loop.create_future()
        """Done when no process has the other end any more."""
        self._loop.add_reader(self._end, self._read)

    def given(self) -> None:
        """The program has its end: forget ours of it."""
        os.close(self.theirs)
        self.theirs = -1

    def close(self) -> None:
        """Stop reading, whatever is left."""
        if self.theirs >= 0:
            self.given()
        if self._pause is not None:
            self._pause.cancel()
        if self._end >= 0:
            self._loop.remove_reader(self._end)
            os.close(self._end)
            self._end = -1
        if not self.over.done():
            self.over.set_result(None)

    def _read(self) -> None:
        try:
            chunk = os.read(self._end, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            self.close()
            return
        self.seen_bytes += len(chunk)
        if not self._listener.told(self._name, chunk):
            self._loop.remove_reader(self._end)
            self._pause = self._loop.call_later(_DROP_PAUSE_S, self._go_on)

    def _go_on(self) -> None:
        self._pause = None
        self._loop.add_reader(self._end, self._read)


class Input:
    """The kernel's end of standard input: all bytes, then the end; /dev/null where there are none."""

    def __init__(self, content: bytes) -> None:
        self._loop = asyncio.get_running_loop()
        self._left = memoryview(content)
        self._end = -1
        if content:
            self.theirs, self._end = os.pipe2(os.O_CLOEXEC)
            os.set_blocking(self._end, False)
        else:
            self.theirs = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)

    def given(self) -> None:
        """The program has its end: begin to write."""
        os.close(self.theirs)
        self.theirs = -1
        if self._end >= 0:
            self._loop.add_writer(self._end, self._write)
            self._write()

    def close(self) -> None:
        """Stop writing, whatever is left."""
        if self.theirs >= 0:
            os.close(self.theirs)
            self.theirs = -1
        if self._end >= 0:
            self._loop.remove_writer(self._end)
            os.close(self._end)
            self._end = -1

    def _write(self) -> None:
        try:
            self._left = self._left[os.write(self._end, self._left[:_CHUNK_BYTES]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:  # it reads no further, as it may
            self.close()
            return
        if not self._left:
            self.close()
