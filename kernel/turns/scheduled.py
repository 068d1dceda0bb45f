"""An engine shared by turns: who gets it next, by policy, and who makes room.

Nothing here polls or sleeps: a turn arrives, ends, is suspended or used its quantum up, and only then is anything decided.
"""

import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from kernel.minds.generative.port import Ask, Engine, Message, Piece
from kernel.turns.ledger import Ledger
from kernel.turns.policies import Key, Policy, Standing
from kernel.turns.turn import Suspended, Turn
from syscalls.errors import SysError

PATIENCE_S: Final = 10.0
"""A turn nobody waits for at a keyboard counts as interactive after waiting this long."""
QUANTUM_TOKENS: Final = 16
"""Tokens a turn has for certain each time it gets the engine; only an interactive one takes it earlier. A turn that
would have to begin anew makes room for interactive ones alone."""


class ScheduledEngine:
    """An engine whose turns wait for one of `slots`, in the order of a policy."""

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        slots: int = 1,
        *,
        quantum_tokens: int = QUANTUM_TOKENS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if slots < 1 or quantum_tokens < 1:
            raise ValueError(f"slots and quantum are at least 1; got {slots!r} and {quantum_tokens!r}")
        self.name = engine.name
        self.has_grammar, self.counts_exactly = engine.has_grammar, engine.counts_exactly
        self.ledger = Ledger()
        self._engine, self._policy, self._slots = engine, policy, slots
        self._quantum, self._clock = quantum_tokens, clock
        self._waiting: list[Turn] = []
        self._running: list[Turn] = []
        self._grants: dict[str, int] = {}
        self._virtual: dict[str, float] = {}
        self._present: Counter[str] = Counter()
        self._turns = self._granted = 0

    @property
    def load(self) -> tuple[int, int]:
        """Turns that run, and that wait."""
        return len(self._running), len(self._waiting)

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together, as soon as the engine knows."""
        return self._engine.context_tokens

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, past the turns: an embedding is one step."""
        return await self._engine.embed(texts)

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens of the messages."""
        return self._engine.count(messages)

    async def close(self) -> None:
        """Let go of the engine."""
        await self._engine.close()

    async def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        """The answer piece by piece, with as many interruptions as the policy makes; closing stops the engine's work.

        Raises:
            MindFailed: the engine failed.
        """
        turn, account = self._arrive(ask), self.ledger.account(ask.agent)
        account.turns, account.weight = account.turns + 1, ask.weight
        is_over = False
        try:
            while not is_over:
                await self._wait(turn)
                try:
                    async with aclosing(turn.pieces()) as pieces:
                        async for piece in pieces:
                            self._charge(turn, piece)
                            self._make_room(turn)
                            yield piece
                    is_over = True
                except Suspended:
                    account.suspensions += 1
                finally:
                    await self._release(turn)
            account.finished += 1
        except SysError:
            account.failed += 1
            raise
        except BaseException:
            account.cancelled += 1
            raise
        finally:
            self._leave(turn)

    def _arrive(self, ask: Ask) -> Turn:
        self._turns += 1
        if not self._present[ask.agent]:  # time spent idle is no credit
            least = min((self._virtual[agent] for agent in self._present), default=0.0)
            del self._present[ask.agent]
            self._virtual[ask.agent] = max(self._virtual.get(ask.agent, 0.0), least)
        self._present[ask.agent] += 1
        return Turn(self._engine, Standing(ask, self._turns, self._clock()))

    def _leave(self, turn: Turn) -> None:
        agent = turn.standing.ask.agent
        self._present[agent] -= 1
        if not self._present[agent]:
            del self._present[agent]

    async def _wait(self, turn: Turn) -> None:
        turn.granted.clear()
        turn.since_s = self._clock()
        self._waiting.append(turn)
        self._grant()
        try:
            await self._claim(turn)
            await turn.granted.wait()
        except BaseException:
            if turn.is_running:
                await self._release(turn)
            else:
                self._waiting.remove(turn)
            raise
        waited = self._waited(turn)
        turn.standing.waiting_s = waited
        account = self.ledger.account(turn.standing.ask.agent)
        account.waited_s += waited
        account.longest_wait_s = max(account.longest_wait_s, waited)

    def _waited(self, turn: Turn) -> float:
        return self._clock() - turn.since_s

    def _key(self, turn: Turn) -> Key:
        """Interactive first, then by policy."""
        standing = turn.standing
        if not turn.is_running:
            standing.waiting_s = self._waited(turn)
        standing.agent_grant = self._grants.get(standing.ask.agent, 0)
        standing.agent_virtual = self._virtual[standing.ask.agent]
        return (self._class(turn), *self._policy(standing))

    @staticmethod
    def _class(turn: Turn) -> float:
        return 0.0 if turn.standing.ask.interactive or turn.standing.waiting_s >= PATIENCE_S else 1.0

    def _grant(self) -> None:
        while self._waiting and len(self._running) < self._slots:
            turn = min(self._waiting, key=self._key)
            self._waiting.remove(turn)
            self._running.append(turn)
            self._granted += 1
            self._grants[turn.standing.ask.agent] = self._granted
            turn.is_running = True
            turn.granted.set()

    async def _claim(self, arrived: Turn) -> None:
        """Suspend the running turn that has most to wait for, where the one that arrived goes before it."""
        if arrived.is_running:
            return
        held = [turn for turn in self._running if turn.is_suspendable and self._goes_before(arrived, turn)]
        if not held:
            return
        last = max(held, key=self._key)
        last.suspend()
        if last.is_parked:  # its reader may be gone for long
            await self._release(last)

    def _make_room(self, turn: Turn) -> None:
        """Suspend this turn where its quantum is used up and another goes before it."""
        if not (self._waiting and turn.is_suspendable):
            return
        if self._goes_before(min(self._waiting, key=self._key), turn):
            turn.suspend()

    def _goes_before(self, arrived: Turn, running: Turn) -> bool:
        if self._class(arrived) < self._class(running):
            return True
        is_spent = running.continues and running.slice_tokens >= self._quantum
        return is_spent and self._key(arrived) < self._key(running)

    async def _release(self, turn: Turn) -> None:
        """End the engine's work for the turn, then give its slot away."""
        try:
            await turn.stop()
        finally:
            if turn.is_running:
                turn.is_running = False
                self._running.remove(turn)
            self._grant()

    def _charge(self, turn: Turn, piece: Piece) -> None:
        account = self.ledger.account(turn.standing.ask.agent)
        account.tokens_in += piece.prompt_tokens
        account.tokens_cached += piece.cached_tokens
        account.tokens_out += piece.tokens
        served = piece.tokens + piece.prompt_tokens - piece.cached_tokens
        self._virtual[turn.standing.ask.agent] += served / turn.standing.ask.weight
