"""A runner whose runs begin when the machine has room for them, and are listed while they last."""

from collections.abc import Callable
from dataclasses import dataclass

from kernel.oneshot.oversight import Oversight, Runs
from kernel.oneshot.port import OnOutput, Order, Outcome, Runner
from kernel.resources.admission import Admission, LimitsOf


@dataclass(frozen=True)
class Whose:
    """For which session runs are made."""

    session: str
    limits: LimitsOf
    """The session's own."""
    on_wait: Callable[[str, str], None]
    """Is told what waits, or is paused, and why; nothing when a paused one goes on."""


class AdmittedRunner:
    """Another runner, behind an admission that all sessions of a host share; fits `kernel.oneshot.port.Runner`."""

    def __init__(self, inner: Runner, admission: Admission, runs: Runs, whose: Whose) -> None:
        """Args: `runs` lists the programs of the host."""
        self._inner = inner
        self._admission = admission
        self._runs = runs
        self._whose = whose

    async def run(self, order: Order, on_output: OnOutput, oversight: Oversight | None = None) -> Outcome:
        """See `kernel.oneshot.port.Runner`.

        Raises:
            NoRoom: the machine had no room in time.
        """
        whose, name = self._whose, order.argv[0].rpartition("/")[2]
        await self._admission.admit(name, lambda reason: whose.on_wait(name, reason), whose.limits)
        if oversight is None:
            return await self._inner.run(order, on_output)
        oversight.tell = lambda why: whose.on_wait(name, f"paused: {why}" if why else "")
        with self._runs.listed(oversight, whose.session):
            return await self._inner.run(order, on_output, oversight)
