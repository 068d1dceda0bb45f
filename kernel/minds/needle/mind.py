"""The default mind: a reader by rule and the embedded model, thinking in cascade.

What it thinks with is loaded at the first request: a call typed by hand needs none of it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kernel.minds.needle.service import Service
from kernel.minds.port import Draft, Prompt
from kernel.models.server import MISSING, NEED_A_MODEL
from syscalls.errors import MindFailed, NotSupported
from syscalls.table import AnyCall

if TYPE_CHECKING:
    from kernel.minds.needle.cascade import Cascade

LONGEST_REQUEST = 2_000
"""Characters; a longer one is no request in everyday words."""


class NeedleMind:
    """Reader and engine in cascade."""

    name = "needle"
    wants_names = True
    has_memory = False

    def __init__(self, service: Service | None, cache: Path | None = None) -> None:
        """Args: `service` None leaves the engine out: the reader alone. `cache` keeps what the reader learned."""
        self._service = service
        self._cache = cache
        self._cascade: Cascade | None = None
        self.can_write = False
        """Whether a language model stands behind it, for requests that need a text written."""

    async def think(self, prompt: Prompt) -> Draft:
        """A draft of every clause's call, or the nearest things it could do.

        Raises:
            NotSupported: some of it needs a language model, and there is none.
        """
        if prompt.exchanges:
            return Draft()
        if len(prompt.request) > LONGEST_REQUEST:
            raise MindFailed(
                f"a request of {len(prompt.request)} characters is more than this mind reads "
                f"({LONGEST_REQUEST}); pipe long data on standard input, or write it to a file first"
            )
        draft = await self._over(prompt.menu).think(prompt)
        if not self.can_write and any(call.name in NEED_A_MODEL for call in draft.calls):
            raise NotSupported(MISSING)
        return draft

    def prepare(self, request: str, menu: tuple[AnyCall, ...]) -> None:
        """Load the reader while the file driver starts, and the engine where the words alone leave doubt."""
        if len(request) <= LONGEST_REQUEST:
            self._over(menu).prepare(request)

    async def close(self) -> None:
        """Hang up; the warm process goes on."""
        if self._service is not None:
            await self._service.close()

    async def warm(self, menu: Sequence[AnyCall]) -> None:
        """Start the engine and bind the first shelves ahead of need."""
        cascade = self._over(tuple(menu))
        if self._service is not None:
            await self._service.bind(tuple(shelf.menu for shelf in cascade.shelves[:4]))

    def _over(self, menu: tuple[AnyCall, ...]) -> "Cascade":
        if self._cascade is None or self._cascade.menu != menu:
            from kernel.minds.needle.cascade import Cascade

            self._cascade = Cascade(menu, self._service, self._cache)
        return self._cascade
