"""An app out of plain functions over one state: what a tool takes is read off its signature."""

import copy
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import msgspec

from apps.sdk import App, Effected, Effecting, Served
from syscalls.declare import Args, Effect, Syscall, Value
from syscalls.errors import BadArgument, NotFound
from syscalls.undo import Done, Plan

State = dict[str, Any]
Tool = Callable[..., str]
LOG = "log"
"""Key of the state: every tool with an effect that was used, as `[verb, arguments]`."""


class Page(Value, frozen=True):
    """What a tool shows."""

    shown: str

    def text(self) -> str:
        """As it is."""
        return self.shown


class Load(Args, frozen=True):
    """A state as JSON; empty: as it is."""

    state: str = ""


class Office(App):
    """A namespace of tools that share one state.

    The state is loaded and looked at by `self.load`, which the manifest leaves out: only whoever started
    the process can send it.
    """

    def __init__(self, name: str, doc: str) -> None:
        super().__init__(name, doc)
        self.state: State = {LOG: []}
        self.tools: dict[str, tuple[Tool, Effect]] = {}
        self.load: Syscall[Any, Page] = self.call(999, effect=Effect.NONE)(self._loader())

    def manifest(self) -> dict[str, Any]:
        """Without `load`."""
        whole = super().manifest()
        return whole | {"calls": [page for page in whole["calls"] if page["name"] != self.load.name]}

    def tool(self, effect: Effect) -> Callable[[Tool], Tool]:
        """Serve a function `(state, ...) -> text` as the call of its name."""

        def register(function: Tool) -> Tool:
            name = function.__name__
            hints = get_type_hints(function)
            parameters = list(inspect.signature(function).parameters.values())[1:]
            fields = [
                (each.name, hints[each.name])
                if each.default is each.empty
                else (each.name, hints[each.name], each.default)
                for each in parameters
            ]
            args = msgspec.defstruct(
                f"{self.name}_{name}", fields, bases=(Args,), frozen=True, forbid_unknown_fields=True
            )
            self.tools[name] = (function, effect)
            handler = self._doing(name, args) if effect.is_side_effect else self._looking(name, args)
            handler.__name__, handler.__doc__ = name, function.__doc__
            self.call(len(self.tools), effect=effect, raises=(NotFound, BadArgument))(handler)
            return function

        return register

    def do(self, verb: str, arguments: dict[str, Any]) -> str:
        """Use a tool.

        Raises:
            NotFound, BadArgument: as the tool says.
        """
        function, effect = self.tools[verb]
        shown = function(self.state, **arguments)
        if effect.is_side_effect:
            self.state[LOG].append([verb, arguments])
        return shown

    def reset(self, state: State) -> None:
        """Begin with that state."""
        self.state = copy.deepcopy(state) | {LOG: []}

    def _loader(self) -> Callable[..., Any]:
        def load(a: Load) -> Page:
            """Begin with a state; the answer is the state there is."""
            if a.state:
                self.reset(msgspec.json.decode(a.state))
            return Page(msgspec.json.encode(self.state).decode())

        return load

    def _looking(self, name: str, args: type[Any]) -> Callable[..., Any]:
        def handler(a: Any) -> Page:
            return Page(self.do(name, given(a)))

        handler.__annotations__ = {"a": args, "return": Page}
        return handler

    def _doing(self, name: str, args: type[Any]) -> Callable[..., Any]:
        def handler(a: Any) -> Effecting[Page]:
            yield Plan((), ())
            return Effected(Page(self.do(name, given(a))), Done(()))

        handler.__annotations__ = {"a": args, "return": Effecting[Page]}
        return handler

    def served_by(self, verb: str) -> Served:
        """The declared call of a tool."""
        return self.served[f"{self.name}.{verb}"]


def given(a: Any) -> dict[str, Any]:
    """The arguments that were not left out."""
    return {
        field.name: getattr(a, field.name)
        for field in msgspec.structs.fields(a)
        if field.required or getattr(a, field.name) != field.default
    }


def found(items: Any, key: Any, what: str) -> Any:
    """`items[key]`.

    Raises:
        NotFound: there is none.
    """
    try:
        return items[key]
    except (KeyError, IndexError):
        raise NotFound(f"no {what} {key!r}") from None
