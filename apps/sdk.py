"""The one door for drivers and plugins: what is needed to serve syscalls, and nothing else.

A driver serves calls that the ABI declares:

    files = App("file", "Files and folders", calls=abi.CALLS)

    @files.serves(abi.read)
    def read(ctx: Context, a: Read) -> TextOf: ...

A plugin declares and serves at once:

    weather = App("weather", "Units and climate")

    @weather.call(1, effect=Effect.NONE)
    def convert(a: Convert) -> Converted: ...

A side effect is a generator: it prepares, yields a `Plan` having changed nothing visible, and when
resumed acts and returns `Effected(value, Done(...))`. Closed at the yield, it must leave nothing.
How the calls arrive is `apps.serve`'s.
"""

import inspect
from collections.abc import Callable, Generator, Iterable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, get_args, get_type_hints, overload

import msgspec

from syscalls.caps import Right
from syscalls.declare import A, Area, Args, Effect, Hint, Syscall, Undo, V
from syscalls.errors import SysError
from syscalls.labels import Label, Labels
from syscalls.undo import Done, Plan

T = TypeVar("T")


class Root(msgspec.Struct, frozen=True):
    """A folder the kernel granted."""

    path: str
    """Absolute, without links."""
    write: bool = False


class Grants(msgspec.Struct, frozen=True):
    """Everything a driver may touch."""

    roots: tuple[Root, ...] = ()
    home: str = "/"
    """The root that relative paths are shown against."""
    store: str | None = None
    """Folder for pre-images and the trash; None where nothing may be changed."""
    streams: tuple[int, ...] = ()
    """Descriptors of connections that somebody outside makes; only what fetches has any."""
    beside: dict[str, int] = {}
    """Descriptors of sockets to processes that the kernel runs beside this driver, by name."""


class Effected(NamedTuple, Generic[V]):
    """What a side effect returns after it was committed."""

    value: V
    done: Done


Effecting = Generator[Plan, None, Effected[V]]
"""What calling a side effect's handler gives: one yield, then the result."""
Handler = (
    Callable[[A], V]
    | Callable[["Context", A], V]
    | Callable[[A], Effecting[V]]
    | Callable[["Context", A], Effecting[V]]
)
"""The four shapes of a function that serves a call."""


class Declares(Protocol):
    """A decorator that turns a function of any of these shapes into a declared, served call."""

    @overload
    def __call__(self, handler: Callable[[A], Effecting[V]]) -> Syscall[A, V]: ...
    @overload
    def __call__(self, handler: Callable[["Context", A], Effecting[V]]) -> Syscall[A, V]: ...
    @overload
    def __call__(self, handler: Callable[[A], V]) -> Syscall[A, V]: ...
    @overload
    def __call__(self, handler: Callable[["Context", A], V]) -> Syscall[A, V]: ...


class Context:
    """What a handler may know besides its arguments; made anew for each call."""

    __slots__ = ("_kept", "_labels", "grants")

    def __init__(self, grants: Grants, kept: dict[Callable[[Grants], Any], Any]) -> None:
        self.grants = grants
        self._kept = kept
        self._labels: set[Label] = set()

    @property
    def labels(self) -> Labels:
        """The sources added so far."""
        return Labels(tuple(sorted(self._labels))) if self._labels else NO_LABELS

    def holds(self, labels: Labels) -> None:
        """Note that the result holds what was labelled so when it came in."""
        self._labels.update(labels.items)

    def came_from(self, path: str, real: str = "") -> None:
        """Note that the result holds content of the file or folder at the absolute `path`.

        Args:
            path: as it was asked for.
            real: where it is, when a link leads there.
        """
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        self._labels.add(Label(f"file:{shown.rstrip('/') or '/'}", trusted=False))
        if real and real != path:
            self.came_from(real)

    def once(self, make: Callable[[Grants], T]) -> T:
        """`make(grants)`, made at the first use and kept as long as the driver lives."""
        if make not in self._kept:
            self._kept[make] = make(self.grants)
        made: T = self._kept[make]
        return made


NO_LABELS = Labels()


class Served(NamedTuple):
    """One call and the function behind it."""

    call: Syscall[Any, Any]
    handler: Callable[..., Any]
    takes_context: bool


class App:
    """A namespace of calls and their handlers."""

    def __init__(self, name: str, doc: str, calls: Iterable[Syscall[Any, Any]] = ()) -> None:
        """A namespace.

        Args:
            name: the area, the first part of each call's name.
            doc: one line for people.
            calls: declarations of the ABI that all must be served; empty for a plugin.
        """
        self.name = name
        self.doc = doc
        self.served: dict[str, Served] = {}
        self._area = Area(name, doc)
        self._owed = {call.name: call for call in calls}

    def serves(self, call: Syscall[A, V]) -> Callable[[Handler[A, V]], Handler[A, V]]:
        """Register the handler of a declared call.

        Raises:
            TypeError: another area's call, served already, or a handler of the wrong shape.
        """

        def register(handler: Handler[A, V]) -> Handler[A, V]:
            shape = _shape(handler)
            if (shape.args, shape.value) != (call.args, call.value):
                raise TypeError(
                    f"{call.name}: the handler takes {shape.args.__name__} and gives {shape.value.__name__}, "
                    f"declared are {call.args.__name__} and {call.value.__name__}"
                )
            self._add(call, handler, shape)
            return handler

        return register

    def call(
        self,
        number: int,
        *,
        effect: Effect,
        rights: tuple[Right, ...] = (),
        undo: Undo = Undo.NOTHING,
        raises: tuple[type[SysError], ...] = (),
        hints: tuple[Hint, ...] = (),
        label: str = "app",
    ) -> Declares:
        """Declare a call and serve it by the decorated function; the function's name is the verb.

        Raises:
            TypeError: the function has the wrong shape, or a hint names an unknown field.
            ValueError: the verb or the number is taken.
        """

        def declare(handler: Callable[..., Any]) -> Syscall[Any, Any]:
            shape = _shape(handler)
            signature = _signature(handler, shape)
            made: Syscall[Any, Any] = self._area.call(
                number, effect=effect, rights=rights, undo=undo, raises=raises, hints=hints, label=label
            )(signature)
            if number in {served.call.number for served in self.served.values()}:
                raise ValueError(f"{made.name}: number {number} is taken")
            self._add(made, handler, shape)
            return made

        return declare

    def check(self) -> None:
        """Refuse an app that does not serve all it owes.

        Raises:
            TypeError: names the unserved calls.
        """
        missing = [name for name in self._owed if name not in self.served]
        if missing:
            raise TypeError(f"app {self.name!r} does not serve {', '.join(missing)}")

    def manifest(self) -> dict[str, Any]:
        """All the kernel needs to list, check and call this app without importing its code."""
        return {
            "name": self.name,
            "doc": self.doc,
            "calls": [_page(served.call) for served in self.served.values()],
        }

    def _add(self, call: Syscall[Any, Any], handler: Callable[..., Any], shape: "_Shape") -> None:
        if call.area != self.name:
            raise TypeError(f"{call.name} is not in the area {self.name!r}")
        if call.name in self.served:
            raise ValueError(f"{call.name} is served twice")
        if call.effect.is_side_effect != shape.is_generator:
            should = "yield a Plan before it acts" if call.effect.is_side_effect else "not be a generator"
            raise TypeError(f"{call.name}: a handler of effect {call.effect.value!r} must {should}")
        self.served[call.name] = Served(call, handler, shape.takes_context)


class _Shape(NamedTuple):
    args: type[Any]
    value: type[Any]
    is_generator: bool
    takes_context: bool


def _shape(handler: Callable[..., Any]) -> _Shape:
    """What a handler takes and gives, from its annotations.

    Raises:
        TypeError: not `(a)` or `(ctx, a)` with an `Args` record, or no `Value` result.
    """
    name = getattr(handler, "__qualname__", repr(handler))
    hints = get_type_hints(handler)
    given = hints.pop("return", None)
    kinds = [hints.get(parameter) for parameter in inspect.signature(handler).parameters]
    is_generator = inspect.isgeneratorfunction(handler)
    value = _outcome(given) if is_generator else given
    if kinds[:-1] not in ([], [Context]) or not _is_record(kinds[-1:], Args):
        raise TypeError(f"{name}: must take (ctx: Context, a: SomeArgs) or (a: SomeArgs), takes {kinds!r}")
    if not (isinstance(value, type) and hasattr(value, "text")):
        wanted = "Effecting[SomeValue]" if is_generator else "SomeValue"
        raise TypeError(f"{name}: must be annotated -> {wanted}, got {given!r}")
    args = kinds[-1]
    assert isinstance(args, type)
    return _Shape(args, value, is_generator, len(kinds) == 2)


def _outcome(given: Any) -> Any:
    """`SomeValue` out of `Generator[Plan, None, Effected[SomeValue]]`."""
    parts = get_args(given)
    inner = get_args(parts[2]) if len(parts) == 3 else ()
    return inner[0] if inner else None


def _is_record(kinds: list[Any], base: type) -> bool:
    return len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], base)


def _signature(handler: Callable[..., Any], shape: _Shape) -> Callable[[Any], Any]:
    """The bare declaration `(a: SomeArgs) -> SomeValue` of a handler."""

    def signature(a: Any) -> Any:
        raise NotImplementedError

    signature.__name__ = handler.__name__
    signature.__doc__ = handler.__doc__
    signature.__annotations__ = {"a": shape.args, "return": shape.value}
    return signature


def _page(call: Syscall[Any, Any]) -> dict[str, Any]:
    return {
        "name": call.name,
        "number": call.number,
        "summary": call.summary,
        "doc": call.doc,
        "schema": call.schema,
        "result_schema": call.result_schema,
        "effect": call.effect.value,
        "undo": call.undo.name.lower(),
        "rights": [right.value for right in call.rights],
        "raises": [kind.code for kind in call.raises],
        "hints": [msgspec.to_builtins(hint) for hint in call.hints],
        "label": call.label,
    }
