"""A mind of any engine: the live menu as its grammar, the turn as its prompt, its answer as a draft."""

import time
from collections.abc import Callable
from functools import lru_cache

from msgspec.structs import replace

from kernel.context.pages import Pages
from kernel.context.recollection import budget_of, fitted
from kernel.minds.generative.decoding import Malformed, decoded
from kernel.minds.generative.grammar import Bounds, Grammars
from kernel.minds.generative.layout import menu_text, messages
from kernel.minds.generative.mind_settings import CONFIDENCE
from kernel.minds.generative.port import Ask, Engine, Message, Piece, whole
from kernel.minds.generative.speech import Speech
from kernel.minds.port import Draft, Prompt, Tell
from syscalls.errors import ContextFull, MindFailed
from syscalls.table import AnyCall, Entry

RETRIES = 2
"""Times an answer that is no draft is asked for again, with what is wrong with it."""


def _usual_weight() -> float:
    return 1.0


class GenerativeMind:
    """Thinks with an engine."""

    wants_names = False
    has_memory = True
    wants_memories = True

    def __init__(
        self,
        engine: Engine,
        *,
        confidence: float = CONFIDENCE,
        max_tokens: int = 1_024,
        temperature: float = 0.0,
        seed: int | None = 0,
        bounds: Bounds | None = None,
    ) -> None:
        """Args: `confidence` of each call where the engine tells no probabilities, 0 to 1."""
        self.engine = engine
        self.name = engine.name
        self.agent = ""
        """Whose turns these are, for the engine's scheduling."""
        self.interactive = True
        self.weight: Callable[[], float] = _usual_weight
        self.latest: Piece | None = None
        """The engine's latest answer with its token counts."""
        self._confidence, self._max_tokens = confidence, max_tokens
        self._temperature, self._seed = temperature, seed
        self._grammars = Grammars(bounds)
        self._pages: Pages | None = None
        self._tell: Tell = lambda words, is_anew: None

    def listen(self, tell: Tell) -> None:
        """Words go there while they are written, where a grammar binds the engine; else when the draft is known."""
        self._tell = tell

    async def think(self, prompt: Prompt) -> Draft:
        """A draft of calls, text, or both.

        Raises:
            MindFailed: the engine failed, or gave no draft though it was told what was wrong.
            ContextFull: the turn does not fit the engine's context.
        """
        started = time.perf_counter()
        known = _entries(prompt.menu)
        asked = self.ask(prompt)
        complaint, spent = "", Piece("")
        for _ in range(RETRIES + 1):
            speech = Speech(self._tell)
            heard = speech.more if self.engine.has_grammar else None
            self.latest = answer = await whole(self.engine, asked, heard)
            spent = _summed(spent, answer)
            try:
                draft = decoded(answer, known, self._confidence, len(prompt.exchanges))
            except Malformed as misfit:
                speech.drop()
                complaint = str(misfit)
                asked = _again(asked, answer, complaint)
                continue
            if not draft.calls:
                speech.end(draft.text)
            return _timed(draft, time.perf_counter() - started, spent)
        raise MindFailed(
            f"the mind {self.name!r} gave no usable answer in {RETRIES + 1} tries: {complaint}"
            + ("; a server with structured outputs would" if not self.engine.has_grammar else "")
        )

    def ask(self, prompt: Prompt) -> Ask:
        """What the engine is asked for a turn.

        Raises:
            ContextFull: the prompt leaves no room for an answer.
        """
        told = messages(self._paged(prompt), menu=_menu_text(prompt.menu))
        room = self._max_tokens
        if self.engine.context_tokens:
            used = self.engine.count(told)
            room = min(room, self.engine.context_tokens - used)
            if room < 16:
                raise ContextFull(
                    f"the turn has {used} tokens and {self.name} holds {self.engine.context_tokens}; "
                    "ask for less at a time, or use a model with a longer context"
                )
        return Ask(
            messages=told,
            schema=self._grammars.of(prompt.menu).schema,
            max_tokens=room,
            temperature=self._temperature,
            seed=self._seed,
            agent=self.agent,
            interactive=self.interactive,
            weight=self.weight(),
        )

    def _paged(self, prompt: Prompt) -> Prompt:
        """The turn with as much of its replies as the engine's context holds beside all else."""
        prompt = replace(prompt, recalled=fitted(prompt.recalled, budget_of(self.engine.context_tokens)))
        if not self.engine.context_tokens:
            return prompt
        if not prompt.exchanges or self._pages is None:
            fixed = messages(replace(prompt, exchanges=()), menu=_menu_text(prompt.menu))
            room = self.engine.context_tokens - self.engine.count(fixed) - self._max_tokens
            self._pages = Pages(room)
        return replace(prompt, exchanges=self._pages.fitted(prompt.exchanges))

    async def close(self) -> None:
        """Let go of the engine."""
        await self.engine.close()


def _again(asked: Ask, answer: Piece, complaint: str) -> Ask:
    wrong = Message("assistant", answer.text[:2_000])
    told = Message("user", f"That answer cannot be used: {complaint}. Answer again with the one JSON object.")
    return replace(asked, messages=(*asked.messages, wrong, told))


def _timed(draft: Draft, seconds: float, spent: Piece) -> Draft:
    return replace(
        draft,
        seconds=seconds,
        tokens=spent.tokens,
        prompt_tokens=spent.prompt_tokens,
        cached_tokens=spent.cached_tokens,
    )


def _summed(first: Piece, second: Piece) -> Piece:
    """The counts of both."""
    return Piece(
        "",
        first.tokens + second.tokens,
        first.prompt_tokens + second.prompt_tokens,
        first.cached_tokens + second.cached_tokens,
    )


@lru_cache(maxsize=32)
def _entries(menu: tuple[AnyCall, ...]) -> dict[str, Entry]:
    return {call.name: Entry(call) for call in menu}


@lru_cache(maxsize=32)
def _menu_text(menu: tuple[AnyCall, ...]) -> str:
    return menu_text(menu)
