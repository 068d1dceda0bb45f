"""Serves `model.*` from the engine behind the session's mind; where there is none, says what is missing."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from kernel.deadlines import Deadlines
from kernel.drivers.port import Answer, Prepared
from kernel.minds.port import Mind
from kernel.process import Process
from syscalls.declare import Value
from syscalls.errors import BadArgument, NotSupported, TimedOut
from syscalls.labels import labels_of
from syscalls.model import Embedded, InUse, Known, Models
from syscalls.table import AnyCall
from syscalls.undo import Plan

if TYPE_CHECKING:
    from kernel.minds.generative.port import Engine

DEADLINE_S: Final = 600.0
"""The longest one text may take: writing is slow where the machine is."""
NEED_A_MODEL: Final = frozenset({"model.generate", "model.embed"})
MISSING: Final = "this needs a language model: aosh -m vllm:PATH or openai:MODEL; aosh minds lists what this machine can run"


@runtime_checkable
class Writer(Protocol):
    """A mind with a language model behind it."""

    engine: "Engine"
    agent: str


@runtime_checkable
class Several(Protocol):
    """A mind made of minds."""

    @property
    def levels(self) -> tuple[Mind, ...]:
        """Those, in the order they are asked."""
        ...


class Switch(Protocol):
    """Changes the mind of a session."""

    @property
    def mind(self) -> Mind:
        """The one it thinks with now."""
        ...

    async def opened(self, name: str) -> tuple[Mind, Callable[[], Awaitable[InUse]]]:
        """Another mind, ready to be thought with, and what makes the session use it.

        Args: `name` is as `--mind` takes it.

        Raises:
            SysError: there is none of that name, or this machine cannot run it; says what would be accepted.
        """
        ...

    async def let_go(self, mind: Mind) -> None:
        """One that was opened is not used after all."""
        ...


class Only:
    """A session whose mind does not change."""

    def __init__(self, mind: Mind) -> None:
        self.mind = mind

    async def opened(self, name: str) -> tuple[Mind, Callable[[], Awaitable[InUse]]]:
        """Never.

        Raises:
            NotSupported: always.
        """
        raise NotSupported(f"this session thinks with {self.mind.name} and no other; got {name!r}")

    async def let_go(self, mind: Mind) -> None:
        """Nothing was opened."""


class ModelServer:
    """Answers in the kernel's own process; all it changes is the session's mind."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._deadlines = Deadlines()

    @property
    def _minds(self) -> tuple[Mind, ...]:
        mind = self._switch.mind
        return mind.levels if isinstance(mind, Several) else (mind,)

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Carry out one of the calls.

        Raises:
            NotSupported: no language model is behind the session's mind.
            BudgetSpent: the process has no tokens left.
            ContextFull: input and answer do not fit the model.
            TimedOut: the text took longer than `DEADLINE_S`.
        """
        if call.verb == "list":
            return Answer(Models(tuple(map(_known, self._minds))))
        writer = self._writer()
        try:
            with self._deadlines.within(DEADLINE_S):
                value = await self._made(process, writer, call, arguments)
        except TimeoutError:
            raise TimedOut(f"{call.name} gave no answer within {DEADLINE_S:g} s") from None
        return Answer(value, labels_of([f"model:{writer.engine.name}"], trusted=True))

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """`model.use`: the mind is opened, and nothing thinks with it yet.

        Raises:
            SysError: it cannot be had.
        """
        if call.verb != "use":
            raise BadArgument(f"{call.name} has no effect to plan")
        mind, use = await self._switch.opened(arguments["mind"])
        return _Change(self._switch, mind, use)

    def _writer(self) -> Writer:
        for mind in reversed(self._minds):
            if isinstance(mind, Writer):
                return mind
        raise NotSupported(MISSING)

    async def _made(
        self, process: Process, writer: Writer, call: AnyCall, arguments: dict[str, Any]
    ) -> Value:
        if call.verb == "embed":
            vectors = await writer.engine.embed(arguments["texts"])
            return Embedded(tuple(map(tuple, vectors)), writer.engine.name)
        from kernel.models.writing import generated  # sessions that write nothing do without

        return await generated(process, writer.engine, writer.agent, arguments)


class _Change:
    """A change of minds that may happen."""

    plan = Plan((), ())

    def __init__(self, switch: Switch, mind: Mind, use: Callable[[], Awaitable[InUse]]) -> None:
        self._switch, self._mind, self._use = switch, mind, use

    async def commit(self) -> Answer:
        """Think with it."""
        return Answer(await self._use())

    async def abort(self) -> None:
        """Think on as before."""
        await self._switch.let_go(self._mind)


def _known(mind: Mind) -> Known:
    if isinstance(mind, Writer):
        return Known(mind.name, can_write=True, context_tokens=mind.engine.context_tokens)
    return Known(mind.name, can_write=False)
