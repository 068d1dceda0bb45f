"""A runner that is made with its first run: a session that runs no program pays nothing for it."""

from typing import TYPE_CHECKING

from kernel.jail.spec import Tier
from kernel.oneshot.oversight import Oversight
from kernel.oneshot.port import OnOutput, Order, Outcome

if TYPE_CHECKING:
    from kernel.oneshot.runner import JailedRunner


class LaterRunner:
    """A `JailedRunner` once it is needed; fits `kernel.oneshot.port.Runner`."""

    def __init__(self, tier: Tier, spare: int = 1) -> None:
        """Args: as for `JailedRunner`."""
        self._tier: Tier = tier
        self._spare = spare
        self._made: JailedRunner | None = None

    async def run(self, order: Order, on_output: OnOutput, oversight: Oversight | None = None) -> Outcome:
        """See `kernel.oneshot.port.Runner`."""
        if self._made is None:
            from kernel.oneshot.runner import JailedRunner  # the zygote and control groups: 20 ms

            self._made = JailedRunner(self._tier, self._spare)
        return await self._made.run(order, on_output, oversight)

    async def close(self) -> None:
        """End what runs and what waits."""
        if self._made is not None:
            await self._made.close()
