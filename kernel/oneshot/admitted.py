"""A runner whose runs begin when the machine has room for them."""

from collections.abc import Callable

from kernel.oneshot.port import OnOutput, Order, Outcome, Runner
from kernel.resources.admission import Admission


class AdmittedRunner:
    """Another runner, behind an admission; fits `kernel.oneshot.port.Runner`."""

    def __init__(self, inner: Runner, admission: Admission, on_wait: Callable[[str, str], None]) -> None:
        """Args: `on_wait` is told what waits, and why."""
        self._inner = inner
        self._admission = admission
        self._on_wait = on_wait

    async def run(self, order: Order, on_output: OnOutput) -> Outcome:
        """See `kernel.oneshot.port.Runner`.

        Raises:
            NoRoom: the machine had no room in time.
        """
        name = order.argv[0].rpartition("/")[2]
        await self._admission.admit(name, lambda reason: self._on_wait(name, reason))
        return await self._inner.run(order, on_output)
