"""One session's hold on an engine that other sessions use as well."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from kernel.minds.generative.port import Ask, Engine, Message, Piece


class SharedEngine:
    """The engine, with this session's own view of its loading; closing it leaves the engine to the others."""

    def __init__(self, engine: Engine, ready: Callable[[], Awaitable[None]]) -> None:
        """Args: `ready` ends when the model is loaded, and tells this session meanwhile how far that is."""
        self.name = engine.name
        self.has_grammar, self.counts_exactly = engine.has_grammar, engine.counts_exactly
        self._engine, self._ready = engine, ready

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together, as soon as the engine knows."""
        return self._engine.context_tokens

    async def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        """The engine's answer, once its model is loaded.

        Raises:
            MindFailed: the engine failed.
        """
        await self._ready()
        async with aclosing(self._engine.generate(ask)) as pieces:
            async for piece in pieces:
                yield piece

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, where the engine has embeddings."""
        await self._ready()
        return await self._engine.embed(texts)

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens of the messages."""
        return self._engine.count(messages)

    async def close(self) -> None:
        """Nothing: the engine is its host's."""


class OwnEngine(SharedEngine):
    """An engine that this session has to itself: it ends with it."""

    async def close(self) -> None:
        """End the engine."""
        await self._engine.close()
