"""The loop of a jailed driver: frames in, handlers called, frames out, until the kernel goes away.

One thread, one call at a time; answers to frames that arrived together leave a few at a time. An effect
stays suspended at its plan until Commit or Abort (which has no answer). Declared errors and the
machine's refusals are replies; any other exception is a bug: told on stderr and as DeviceFailed,
and the driver goes on.
"""

import importlib
import signal
import socket
import sys
import time
import traceback
from collections.abc import Generator
from typing import Any

import msgspec

from apps.oserrors import explained
from apps.sdk import App, Context, Effected, Grants, Root, Served
from syscalls import wire
from syscalls.errors import BadArgument, DeviceFailed, SysError, TooBig, UnknownCall, to_wire
from syscalls.undo import Plan, Step

_RECEIVE_BYTES = 256 * 1024
_SLOW_S = 0.001
"""Answers made so far are sent before a call that took longer than this the last time."""


class Settings(msgspec.Struct, frozen=True):
    """How a driver is started: the JSON it is given."""

    app: str
    """`module:attribute` of the `App`."""
    channel: int
    """Descriptor of the inherited stream socket."""
    roots: tuple[Root, ...] = ()
    home: str = "/"
    store: str | None = None
    streams: tuple[int, ...] = ()
    beside: dict[str, int] = {}


def load(reference: str) -> App:
    """The app behind `module:attribute`, complete.

    Raises:
        TypeError: not an `App`, or one with calls that are not served.
    """
    module, _, attribute = reference.partition(":")
    app = getattr(importlib.import_module(module), attribute, None)
    if not isinstance(app, App):
        raise TypeError(f"{reference!r} is not an apps.sdk.App")
    app.check()
    return app


class Server:
    """Answers frames for one app."""

    def __init__(self, app: App, grants: Grants) -> None:
        self._app = app
        self._grants = grants
        self._kept: dict[Any, Any] = {}
        self._pending: dict[int, tuple[Generator[Plan, None, Any], Context]] = {}
        self._slow: set[str] = set()
        self._encode = msgspec.msgpack.Encoder().encode

    def run(self, channel: socket.socket) -> None:
        """Serve until the other end closes. What is still planned then is dropped.

        Raises:
            ValueError: the other end sent something that is no frame.
        """
        unframer = wire.Unframer()
        try:
            while arrived := channel.recv(_RECEIVE_BYTES):
                answers: list[bytes] = []
                for body in unframer.feed(arrived):
                    self._answer(wire.requests.decode(body), answers, channel)
                    if len(answers) >= wire.PIECE_FRAMES:
                        channel.sendall(b"".join(answers))
                        answers.clear()
                if answers:
                    channel.sendall(b"".join(answers))
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            for identity in list(self._pending):
                self._abort(identity)

    def _answer(self, request: wire.Request, answers: list[bytes], channel: socket.socket) -> None:
        name = request.name if isinstance(request, wire.Call) else type(request).__name__
        if answers and name in self._slow:
            channel.sendall(b"".join(answers))
            answers.clear()
        started = time.perf_counter()
        response = self.respond(request)
        if time.perf_counter() - started > _SLOW_S:
            self._slow.add(name)
        else:
            self._slow.discard(name)
        if response is not None:
            answers.append(self._framed(response))

    def respond(self, request: wire.Request) -> wire.Response | None:
        """The one answer to `request`; None for an Abort."""
        try:
            match request:
                case wire.Call():
                    return self._call(request)
                case wire.Commit():
                    return self._commit(request.id)
                case wire.Abort():
                    self._abort(request.id)
                    return None
                case wire.Describe():
                    return wire.Described(request.id, self._app.manifest())
        except SysError as refusal:
            return wire.Fail(request.id, to_wire(refusal))
        except OSError as refusal:
            return wire.Fail(request.id, to_wire(explained(refusal)))
        # The loop is the driver's last line: a bug in one call must not end the others.
        except Exception as bug:  # noqa: BLE001
            traceback.print_exc()
            text = f"bug in the driver: {type(bug).__name__}: {bug}"
            return wire.Fail(request.id, to_wire(DeviceFailed(text)))

    def _call(self, request: wire.Call) -> wire.Response:
        served = self._app.served.get(request.name)
        if served is None:
            raise UnknownCall(f"app {self._app.name!r} serves no {request.name!r}")
        try:
            arguments = msgspec.convert(request.arguments, served.call.args)
        except msgspec.ValidationError as mismatch:
            raise BadArgument(f"{request.name}: {mismatch}") from None
        context = Context(self._grants, self._kept)
        result = _invoke(served, context, arguments)
        if not served.call.effect.is_side_effect:
            return self._ok(request.id, result, context)
        self._abort(request.id)
        plan = next(result)
        self._pending[request.id] = (result, context)
        return wire.Planned(request.id, plan)

    def _commit(self, identity: int) -> wire.Response:
        if identity not in self._pending:
            raise BadArgument(f"nothing is planned under {identity}")
        effect, context = self._pending.pop(identity)
        try:
            next(effect)
        except StopIteration as end:
            outcome: Effected[Any] = end.value
            return self._ok(identity, outcome.value, context, outcome.done.undo)
        finally:
            effect.close()
        raise RuntimeError("the handler yielded twice")

    def _abort(self, identity: int) -> None:
        effect, _ = self._pending.pop(identity, (None, None))
        if effect is not None:
            effect.close()

    def _framed(self, response: wire.Response) -> bytes:
        try:
            return wire.encode(response)
        except ValueError as oversized:
            self._abort(response.id)
            text = f"the answer is too large: {oversized}; ask for less at once"
            return wire.encode(wire.Fail(response.id, to_wire(TooBig(text))))

    def _ok(self, identity: int, value: Any, context: Context, undo: tuple[Step, ...] = ()) -> wire.Ok:
        return wire.Ok(identity, msgspec.Raw(self._encode(value)), context.labels, undo)


def _invoke(served: Served, context: Context, arguments: Any) -> Any:
    return served.handler(context, arguments) if served.takes_context else served.handler(arguments)


def main(arguments: list[str]) -> int:
    """Run a driver as `Settings` say (JSON, the one argument); 0 when the kernel closed the channel."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # a kernel that is still loading holds signals back
    settings = msgspec.json.decode(arguments[0], type=Settings)
    app = load(settings.app)
    with socket.socket(fileno=settings.channel) as channel:
        channel.setblocking(True)
        granted = Grants(settings.roots, settings.home, settings.store, settings.streams, settings.beside)
        Server(app, granted).run(channel)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
