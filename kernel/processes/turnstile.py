"""Of many agents with work at hand none keeps the others, or a person, from the event loop."""

import asyncio
from collections import deque


class Turnstile:
    """Lets one through each time the loop goes round, in the order in which they came. Belongs to one loop."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False

    async def through(self) -> None:
        """Wait for a round of one's own."""
        loop = asyncio.get_running_loop()
        if self._is_taken:
            turn = loop.create_future()
            self._waiting.append(turn)
            await turn
        else:
            self._is_taken = True
            loop.call_soon(self._next)

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # it was cancelled
                turn.set_result(None)
                asyncio.get_running_loop().call_soon(self._next)
                return
        self._is_taken = False


class Hold(asyncio.Event):
    """What an agent passes before each of its calls: closed while it is suspended, a turnstile while it runs."""

    def __init__(self, turnstile: Turnstile) -> None:
        """Open."""
        super().__init__()
        self.set()
        self._turnstile = turnstile

    async def wait(self) -> bool:  # type: ignore[override]
        """As an event's, and then through the turnstile."""
        while True:
            await super().wait()
            await self._turnstile.through()
            if self.is_set():
                return True
