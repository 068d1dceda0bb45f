"""A model on torch as an engine: in a thread of its own, one turn after the other, cancelled between tokens."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from kernel.minds.generative.port import Ask, Message, Piece
from kernel.minds.generative.transformers_settings import TransformersSettings, check
from syscalls.errors import ContextFull, MindFailed, SysError

if TYPE_CHECKING:
    from kernel.minds.generative.torch_model import TorchModel

T = TypeVar("T")


class TransformersEngine:
    """One model, loaded by the first turn. Turns wait for one another: torch has no batches that grow."""

    has_grammar = True

    def __init__(self, settings: TransformersSettings) -> None:
        """Nothing is loaded yet."""
        self.name = f"transformers:{settings.model}"
        self.counts_exactly = False
        self._settings = settings
        self._model: TorchModel | None = None
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "aosh-torch")

    @property
    def context_tokens(self) -> int:
        """0 until the model is loaded, where it is not configured."""
        return self._model.context_tokens if self._model else self._settings.context_tokens

    async def start(self) -> None:
        """Load the model.

        Raises:
            MindFailed: it is missing, incomplete, of no use here, or too large.
        """
        async with self._turn:
            await self._loaded()

    async def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        """Answer token by token; closing the iterator stops the model after the token it is at.

        Raises:
            MindFailed: the model cannot be loaded, or failed.
            ContextFull: the turn does not fit.
        """
        async with self._turn:
            model = await self._loaded()
            cancelled = threading.Event()
            pieces = model.run(ask, cancelled)
            try:
                while (piece := await self._work(lambda: next(pieces, None))) is not None:
                    yield piece
            finally:
                cancelled.set()
                await asyncio.shield(self._work(lambda: _closed(pieces)))

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Mean-pooled vectors; of a chat model they are weaker than an embedding model's."""
        async with self._turn:
            model = await self._loaded()
            return await self._work(lambda: model.embed(texts))

    def count(self, messages: Sequence[Message]) -> int:
        """Exact once the model is loaded; before, a token for three bytes."""
        if self._model is not None:
            return len(self._model.tokens(messages))
        return sum(4 + len(message.text.encode("utf-8", "replace")) // 3 for message in messages)

    async def close(self) -> None:
        """Let go of the model's memory."""
        self._model = None
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _loaded(self) -> "TorchModel":
        if self._model is None:
            self._model = await self._work(self._load)
            self.counts_exactly = True
        return self._model

    def _load(self) -> "TorchModel":
        path = check(self._settings)
        from kernel.minds.generative.torch_model import TorchModel

        return TorchModel(self._settings, path)

    async def _work(self, job: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, job)
        except SysError:
            raise
        except MemoryError:
            raise MindFailed(
                f"{self.name}: memory ran out; expected a smaller model or a shorter turn"
            ) from None
        except RuntimeError as error:
            line = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
            if "out of memory" in line.lower():
                raise ContextFull(f"{self.name}: memory ran out in the turn: {line}") from None
            raise MindFailed(f"{self.name} failed: {line}") from None


def _closed(pieces: Iterator[Piece]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
