"""An engine of letters for scheduling: one token a step, and a step happens when the test says so, or at once."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from kernel.minds.generative.port import Ask, Message, Piece
from syscalls.errors import NotSupported


class Letters:
    """Answers abc... until `max_tokens`; resumes behind a prefix; counts what runs at once."""

    name, context_tokens, has_grammar, counts_exactly = "letters", 4_096, True, True

    def __init__(self, *, resumes: bool = True) -> None:
        self.resumes = resumes
        self.running = self.most = self.stopped = self.steps = self.now = 0
        self.hold: asyncio.Event | None = None

    async def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        """Letters by number, from where the prefix ends."""
        self.running += 1
        self.most = max(self.most, self.running)
        is_over, first = False, len(ask.prefix)
        try:
            for number in range(first, first + ask.max_tokens):
                await (asyncio.sleep(0) if self.hold is None else self.hold.wait())
                self.steps, self.now = self.steps + 1, self.now + 1
                prompt = 5 if number == first else 0
                last = number == first + ask.max_tokens - 1
                yield Piece(chr(97 + number % 26), 1, prompt, finish="length" if last else "", ids=(number,))
            is_over = True
        finally:
            self.running -= 1
            self.stopped += not is_over

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Never."""
        raise NotSupported(f"{self.name} has no embeddings; {len(texts)} texts given")

    def count(self, messages: Sequence[Message]) -> int:
        """Five each."""
        return 5 * len(messages)

    async def close(self) -> None:
        """Nothing to let go of."""


def ask(agent: str = "a", tokens: int = 10, **more: object) -> Ask:
    """A turn of so many letters."""
    import msgspec

    plain = Ask(messages=(Message("user", "go"),), max_tokens=tokens, agent=agent)
    return msgspec.structs.replace(plain, **more)
