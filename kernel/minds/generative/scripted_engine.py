"""An engine that answers from a list or a file, token by token: for replays, tests and demonstrations.

The file is JSON lines, one answer each: a string, or any other JSON value, which is answered as JSON.
Tokens are words with the space before them. A delay a token goes through the clock that was given, so
that nothing here ever waits for real unless it is told to.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from kernel.minds.generative.port import Ask, Message, Piece
from kernel.minds.scripted import rows_of
from syscalls.errors import ContextFull, MindFailed, NotSupported

_TOKEN = re.compile(r"\s*\S+|\s+$")
Sleep = Callable[[float], Awaitable[None]]


class ScriptedEngine:
    """Plays its answers in order."""

    name = "scripted-engine"
    counts_exactly = True

    def __init__(
        self,
        answers: Iterable[str],
        *,
        context_tokens: int = 8_192,
        has_grammar: bool = True,
        delay_s: float = 0.0,
        sleep: Sleep | None = None,
    ) -> None:
        """Args: `delay_s` before each token, waited for by `sleep` (asyncio's where none is given)."""
        self._answers = list(answers)
        self._delay_s, self._sleep = delay_s, sleep
        self._cache: tuple[str, ...] = ()
        self.context_tokens = context_tokens
        self.has_grammar = has_grammar
        self.asked: list[Ask] = []
        """Every generation that was begun."""
        self.stopped = 0
        """Generations that were closed before their end."""

    @classmethod
    def load(cls, path: Path) -> "ScriptedEngine":
        """Read a file of answers.

        Raises:
            MindFailed: the file is missing or a line is no JSON; names the line.
        """
        answers = []
        for number, row in rows_of(path, "answers"):
            try:
                value = msgspec.json.decode(row)
            except ValueError as error:
                raise MindFailed(f"answers {str(path)!r} line {number}: {error}") from None
            answers.append(value if isinstance(value, str) else row.decode().strip())
        return cls(answers)

    async def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        """The next answer."""
        prompt = self.count(ask.messages)
        if prompt >= self.context_tokens:
            raise ContextFull(f"the prompt has {prompt} tokens; {self.name} holds {self.context_tokens}")
        if not self._answers:
            raise MindFailed("the script of answers is over")
        self.asked.append(ask)
        tokens = _TOKEN.findall(self._answers.pop(0))
        cached = self._hit(ask.messages)
        is_over = False
        try:
            yield Piece("", prompt_tokens=prompt, cached_tokens=cached)
            for token in tokens[: ask.max_tokens]:
                if self._delay_s:
                    await self._wait()
                yield Piece(token, 1)
            is_over = True
            yield Piece("", finish="length" if len(tokens) > ask.max_tokens else "stop")
        finally:
            self.stopped += not is_over

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Never: there is no model here."""
        raise NotSupported(f"{self.name} has no embeddings; expected an engine with a model")

    def count(self, messages: Sequence[Message]) -> int:
        """Words, and three a message."""
        return sum(3 + len(_TOKEN.findall(message.text)) for message in messages)

    async def close(self) -> None:
        """Nothing to let go of."""

    async def _wait(self) -> None:
        import asyncio

        await (self._sleep or asyncio.sleep)(self._delay_s)

    def _hit(self, messages: Sequence[Message]) -> int:
        """Tokens of the messages that the one before began with too."""
        texts = tuple(message.text for message in messages)
        same = 0
        for before, now in zip(self._cache, texts, strict=False):
            if before != now:
                break
            same += 1
        self._cache = texts
        return self.count(messages[:same])
