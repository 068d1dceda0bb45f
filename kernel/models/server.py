"""Serves `model.*` from the engine behind the session's mind; where there is none, says what is missing."""

from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from kernel.deadlines import Deadlines
from kernel.drivers.port import Answer, Prepared
from kernel.minds.port import Mind
from kernel.process import Process
from syscalls.declare import Value
from syscalls.errors import BadArgument, NotSupported, TimedOut
from syscalls.labels import labels_of
from syscalls.model import Embedded, Known, Models
from syscalls.table import AnyCall

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


class ModelServer:
    """Answers in the kernel's own process; changes nothing."""

    def __init__(self, mind: Mind) -> None:
        self._minds = mind.levels if isinstance(mind, Several) else (mind,)
        self._deadlines = Deadlines()

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
        """Never: these calls have no effects."""
        raise BadArgument(f"{call.name} has no effect to plan")

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


def _known(mind: Mind) -> Known:
    if isinstance(mind, Writer):
        return Known(mind.name, can_write=True, context_tokens=mind.engine.context_tokens)
    return Known(mind.name, can_write=False)
