"""Turns what the kernel tells into events, and collects what a scripted run has to show."""

from collections.abc import Callable

import msgspec

from apps.shell import events
from apps.shell.events import Stream
from kernel.call import Err, Ok
from kernel.happenings import Completed, Happening, Requested, Thought, TurnStarted
from syscalls.errors import Denied
from syscalls.file_values import sentence


class Reporter:
    """A watcher that emits events; `trace` gets a line a call for `-v`."""

    def __init__(self, stream: Stream, trace: Callable[[str], None]) -> None:
        self._stream = stream
        self._trace = trace
        self._calls = 0

    def __call__(self, happening: Happening) -> None:
        """Something happened."""
        match happening:
            case TurnStarted(turn, request):
                self._stream.turn(str(turn))
                self._stream.emit(events.TurnStarted(request=request))
            case Thought(_, draft) if draft.text:
                self._stream.emit(events.Message(delta=draft.text))
            case Requested(name, arguments, confidence):
                self._calls += 1
                self._trace(f"{name} {msgspec.json.encode(arguments).decode()}  (confidence {confidence:.2f})")
                self._stream.emit(
                    events.SyscallRequested(id=str(self._calls), name=name, args=arguments, confidence=confidence)
                )
            case Completed():
                self._completed(happening)
            case _:
                pass

    def _completed(self, done: Completed) -> None:
        reply = done.reply
        number = str(self._calls)
        if isinstance(reply, Ok):
            effects = tuple(sentence(change) for change in reply.changes.changes) if reply.changes else ()
            self._stream.emit(
                events.SyscallCompleted(
                    id=number, name=reply.call.name, status="ok", seconds=done.seconds,
                    value=msgspec.to_builtins(reply.value), effects=effects,
                    undo_token=reply.call.id if reply.changes and reply.changes.undo else "",
                )
            )  # fmt: skip
            return
        self._refused(reply, number, done.seconds)

    def _refused(self, reply: Err, number: str, seconds: float) -> None:
        if reply.decision is not None:
            verdict = "allow" if reply.decision.verdict.value == 0 else "ask" if reply.decision.verdict.value == 1 else "deny"
            self._stream.emit(
                events.PolicyDecision(
                    id=number, decision=verdict, rule=reply.decision.rule, reason=reply.decision.reason  # type: ignore[arg-type]
                )
            )
        status = "denied" if isinstance(reply.error, Denied) else "error"
        self._stream.emit(
            events.SyscallCompleted(
                id=number, name=reply.name, status=status, seconds=seconds,  # type: ignore[arg-type]
                error=f"{reply.error.symbol}: {reply.error}", code=reply.error.code,
            )
        )  # fmt: skip
