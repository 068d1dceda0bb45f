"""How are runs answered from memory? The RAM twin of `runner`, and the recorder that fills it."""

from collections.abc import Iterable

import msgspec

from kernel.oneshot.oversight import Oversight
from kernel.oneshot.port import OnOutput, Order, Outcome, Runner, Stream
from syscalls.errors import DriverDied


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One run that was: what was asked, what was heard, how it ended."""

    argv: tuple[str, ...]
    cwd: str
    stdin: bytes
    output: tuple[tuple[Stream, bytes], ...]
    """The chunks in the order they came."""
    outcome: Outcome | None
    """None where it could not be started."""
    reason: str = ""
    """Why not."""


class ReplayRunner:
    """Answers each order with the first unused recorded run of the same program, folder and input."""

    def __init__(self, recorded: Iterable[Recorded]) -> None:
        """Args: `recorded` in the order of the runs."""
        self._left = list(recorded)

    async def run(self, order: Order, on_output: OnOutput, oversight: Oversight | None = None) -> Outcome:
        """See `kernel.oneshot.port.Runner`; nothing is executed, and nothing is used.

        Raises:
            DriverDied: nothing like it is recorded, or it could not be started then.
        """
        asked = (order.argv, order.cwd, order.stdin)
        for number, run in enumerate(self._left):
            if (run.argv, run.cwd, run.stdin) == asked:
                del self._left[number]
                break
        else:
            raise DriverDied(f"no recorded run of {list(order.argv)!r} in {order.cwd!r} is left")
        for stream, chunk in run.output:
            on_output(stream, chunk)
        if run.outcome is None:
            raise DriverDied(run.reason)
        return run.outcome


class RecordingRunner:
    """Passes orders on, and keeps what came of them for a `ReplayRunner`."""

    def __init__(self, inner: Runner) -> None:
        """Args: `inner` is who runs the programs."""
        self._inner = inner
        self.recorded: list[Recorded] = []
        """In the order in which the runs ended; one that was cancelled is not among them."""

    async def run(self, order: Order, on_output: OnOutput, oversight: Oversight | None = None) -> Outcome:
        """See `kernel.oneshot.port.Runner`."""
        heard: list[tuple[Stream, bytes]] = []

        def hear(stream: Stream, chunk: bytes) -> None:
            heard.append((stream, chunk))
            on_output(stream, chunk)

        outcome, reason = None, ""
        try:
            outcome = await self._inner.run(order, hear, oversight)
        except DriverDied as failure:
            reason = str(failure)
            raise
        finally:
            if outcome is not None or reason:
                self.recorded.append(
                    Recorded(order.argv, order.cwd, order.stdin, tuple(heard), outcome, reason)
                )
        return outcome
