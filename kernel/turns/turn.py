"""One generation that may be suspended: its stream, and what is kept of it while it is without the engine.

What has been given out goes back in as `Ask.prefix`, so that the engine goes on behind it. That takes an engine that
tells its tokens, free text, and no stop words (an engine holds text back for those, so tokens and text part). Greedy
turns of any other kind are begun anew and what was given out already is skipped; a turn that can do neither is never
suspended.
"""

import asyncio
from collections.abc import AsyncGenerator

import msgspec

from kernel.minds.generative.port import Engine, Piece
from kernel.turns.policies import Standing
from syscalls.errors import MindFailed


class Suspended(Exception):
    """The engine was taken away; what was given out is kept."""


class Turn:
    """One ask on its way through the engine."""

    def __init__(self, engine: Engine, standing: Standing) -> None:
        self.standing = standing
        self.granted = asyncio.Event()
        self.is_running = False
        self.since_s = standing.arrived_s
        self.slice_tokens = 0
        """New tokens since the engine was granted."""
        self._engine = engine
        self._stream: AsyncGenerator[Piece, None] | None = None
        self._scope: asyncio.Timeout | None = None
        self._is_suspended = False
        self._is_counted = False
        self._text = ""
        self._tokens = 0
        self._ids: tuple[int, ...] = ()
        self._pending: tuple[int, ...] = ()

    @property
    def is_suspendable(self) -> bool:
        """Whether it has begun, and its answer goes on unchanged after the engine was taken away."""
        return self._stream is not None and (self.continues or self.standing.ask.temperature == 0.0)

    @property
    def is_parked(self) -> bool:
        """Whether its reader is busy elsewhere: nothing of it waits for the engine."""
        return self._scope is None

    @property
    def continues(self) -> bool:
        """Whether it goes on behind what it said, at no cost; else it is begun anew."""
        ask = self.standing.ask
        return getattr(self._engine, "resumes", False) and ask.schema is None and not ask.stop

    def suspend(self) -> None:
        """Take the engine away, at once where it is being waited for, else before the next piece."""
        self._is_suspended = True
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())

    async def stop(self) -> None:
        """End the engine's work for this turn."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """The answer from where it stood, until it ends.

        Raises:
            Suspended: the engine was taken away.
            MindFailed: a turn begun anew came to another text than what was given out.
        """
        self._is_suspended, self.slice_tokens = False, 0
        repeat = self._begin()
        while True:
            piece = await self._next()
            if piece is None:
                return
            if repeat:
                repeat, piece = self._skip(repeat, piece)
                if piece is None:
                    continue
            self.slice_tokens += piece.tokens
            yield self._kept(piece)

    def _begin(self) -> str:
        """Start the engine; the text it will repeat."""
        ask = self.standing.ask
        if self.continues and self._ids:
            left = ask.max_tokens - len(self._ids)
            ask = msgspec.structs.replace(ask, prefix=ask.prefix + self._ids, max_tokens=left)
        self._stream = self._engine.generate(ask)
        return "" if self.continues else self._text

    async def _next(self) -> Piece | None:
        if self._is_suspended:
            raise Suspended
        assert self._stream is not None
        try:
            async with asyncio.timeout(None) as self._scope:
                return await anext(self._stream, None)
        except TimeoutError:
            if self._is_suspended:
                raise Suspended from None
            raise
        finally:
            self._scope = None

    @staticmethod
    def _skip(repeat: str, piece: Piece) -> tuple[str, Piece | None]:
        """What is still to be repeated after this piece, and what of it is new."""
        size = min(len(repeat), len(piece.text))
        if piece.text[:size] != repeat[:size]:
            raise MindFailed(f"a suspended turn came to another text when begun anew, at {piece.text[:40]!r}")
        rest, new = repeat[size:], piece.text[size:]
        if rest and piece.finish:
            raise MindFailed("a suspended turn ended earlier when begun anew")
        has_news = new or piece.finish
        return rest, msgspec.structs.replace(piece, text=new) if has_news else None

    def _kept(self, piece: Piece) -> Piece:
        """The piece, noted; a prompt is told once, whatever was fed again."""
        self._text += "" if self.continues else piece.text
        self._pending += piece.ids
        if piece.text:  # ids without text are half a character: the engine makes them again
            self._ids, self._pending = self._ids + self._pending, ()
        if self._is_counted:
            return msgspec.structs.replace(piece, prompt_tokens=0, cached_tokens=0)
        self._is_counted = piece.prompt_tokens > 0
        return piece
