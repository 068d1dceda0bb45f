"""What a language model is to a mind: messages in, text out piece by piece. It knows nothing of syscalls."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Literal, Protocol

import msgspec

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["", "stop", "length"]


class Message(msgspec.Struct, frozen=True):
    """One message of a conversation. Its text is content, never markup: engines neutralise special tokens in it."""

    role: Role
    text: str


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One generation."""

    messages: tuple[Message, ...]
    """Stable first, for the prefix cache."""
    schema: bytes | None = None
    """JSON Schema (canonical JSON) the answer must match by grammar; None is free text."""
    max_tokens: int = 512
    temperature: float = 0.0
    """0 is greedy."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    agent: str = ""
    """Whose turn it is (session or pid), for scheduling and the ledger."""
    weight: float = 1.0
    interactive: bool = True
    deadline_s: float | None = None
    """Seconds from now by which it should be over; for scheduling only."""
    prefix: tuple[int, ...] = ()
    """Tokens already generated for this ask, behind which the answer goes on; only for an engine that `resumes`."""


class Piece(msgspec.Struct, frozen=True):
    """Some of the answer, as it comes."""

    text: str
    tokens: int = 0
    """Tokens generated in this piece."""
    prompt_tokens: int = 0
    """Tokens of the whole prompt; given once, 0 where the engine does not say."""
    cached_tokens: int = 0
    """Of these, found in the engine's prefix cache."""
    finish: Finish = ""
    """Why the answer ended, in its last piece; "length" means it was cut by `max_tokens`."""
    logprob: float | None = None
    """Sum of the log probabilities of this piece's tokens, where the engine tells."""
    ids: tuple[int, ...] = ()
    """The tokens themselves, where the engine tells them."""


class Engine(Protocol):
    """Runs a model. Several generations may be under way at once."""

    name: str
    """As `aosh -m` takes it, such as "openai:MODEL"."""
    counts_exactly: bool
    """Whether `count` is what the engine will see, or an estimate."""

    @property
    def context_tokens(self) -> int:
        """Most tokens of prompt and answer together; 0 where it is not known, or not yet."""
        ...

    @property
    def has_grammar(self) -> bool:
        """Whether `Ask.schema` binds. Where not, answers are checked and asked for again."""
        ...

    def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        """Answer piece by piece; closing the iterator (`aclose`) stops the engine's work.

        Raises:
            MindFailed: the engine could not be reached, or ended before it answered.
            ContextFull: prompt and answer do not fit `context_tokens`.
            NotAuthorised: a server refused the key.
        """
        ...

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, all of one length.

        Raises:
            NotSupported: this engine has no embeddings.
        """
        ...

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens as the engine's template makes them."""
        ...

    async def close(self) -> None:
        """Let go of the model or the connection."""
        ...


async def whole(engine: Engine, ask: Ask, hear: Callable[[str], None] | None = None) -> Piece:
    """All pieces of one answer in one; the engine's work ends with the caller's.

    Args: `hear` gets each piece's text as it comes.
    """
    texts: list[str] = []
    tokens = prompt = cached = 0
    finish: Finish = ""
    logprob: float | None = None
    pieces = engine.generate(ask)
    try:
        async for piece in pieces:
            texts.append(piece.text)
            if hear is not None and piece.text:
                hear(piece.text)
            tokens += piece.tokens
            prompt, cached = max(prompt, piece.prompt_tokens), max(cached, piece.cached_tokens)
            finish = piece.finish or finish
            if piece.logprob is not None:
                logprob = (logprob or 0.0) + piece.logprob
    finally:
        await pieces.aclose()
    return Piece("".join(texts), tokens, prompt, cached, finish, logprob)
