"""What one rule says: of which calls, under which conditions, and where it was written."""

import posixpath
from enum import Enum
from typing import Any, Protocol

import msgspec

from kernel.rules.patterns import PathGlob, host_of, name_regex
from kernel.verdicts import Mode, Verdict
from syscalls.declare import Effect


class Layer(Enum):
    """Who wrote a rule; in the order in which rules are read, and the first reason is shown."""

    BUILT_IN = "built-in"
    SYSTEM = "system"
    USER = "user"
    PROJECT = "project"
    COMMAND_LINE = "command-line"


class Origin(msgspec.Struct, frozen=True):
    """Where a rule stands."""

    layer: Layer
    file: str = ""
    """Empty for built-in rules; `--allow` or `--deny` on the command line."""
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return where or self.layer.value


class Condition(Protocol):
    """A test of one argument."""

    field: str

    def holds(self, value: Any, *, narrowly: bool) -> bool:
        """Whether the argument's value fits.

        Args:
            value: canonical; None where the argument was left out and has no default.
            narrowly: for rules that allow: every part must fit, and nothing may be in doubt.
        """
        ...

    def words(self) -> str:
        """As the rule file writes it."""
        ...


class Paths:
    """A path argument lies within one of these patterns."""

    def __init__(self, field: str, globs: tuple[PathGlob, ...], *, reaches: bool = True) -> None:
        """Args: `reaches` says whether what lies beneath such an argument is touched with it."""
        self.field, self.globs, self.reaches = field, globs, reaches

    def holds(self, value: Any, *, narrowly: bool) -> bool:
        """Of several paths any, or narrowly each."""
        given = [path.rstrip("/") or "/" for path in _listed(value) if isinstance(path, str)]
        if narrowly:
            return bool(given) and all(any(glob.holds(path) for glob in self.globs) for path in given)
        return any(glob.may_meet(path, reaches=self.reaches) for path in given for glob in self.globs)

    def words(self) -> str:
        """The patterns."""
        return f"{self.field} = {[glob.text for glob in self.globs]}"


class Among:
    """An argument equals one of these values."""

    def __init__(self, field: str, values: tuple[Any, ...]) -> None:
        self.field, self.values = field, values

    def holds(self, value: Any, *, narrowly: bool) -> bool:
        """Of several values any, or narrowly each."""
        given = _listed(value)
        fits = [any(_equal(each, known) for known in self.values) for each in given]
        return bool(fits) and (all(fits) if narrowly else any(fits))

    def words(self) -> str:
        """The values."""
        return f"{self.field} = {list(self.values)}"


class Between:
    """A number lies between two bounds, both included."""

    def __init__(self, field: str, least: float | None, most: float | None) -> None:
        self.field, self.least, self.most = field, least, most

    def holds(self, value: Any, *, narrowly: bool) -> bool:
        """A number only; what is left out without a default has no bounds and is met strictly."""
        if value is None:
            return not narrowly and self.most is None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def words(self) -> str:
        """The bounds."""
        ends = {"min": self.least, "max": self.most}
        return f"{self.field} = {{ {', '.join(f'{k} = {v}' for k, v in ends.items() if v is not None)} }}"


class Begins:
    """A program's argument list begins with these words."""

    def __init__(self, field: str, words: tuple[str, ...]) -> None:
        self.field, self.first, self._rest = field, words, list(words[1:])

    def holds(self, value: Any, *, narrowly: bool) -> bool:
        """Strictly, `rm` is also met by `/bin/rm`; narrowly, word by word."""
        if not isinstance(value, list) or not value or value[1 : len(self.first)] != self._rest:
            return False
        program = value[0]
        if not narrowly and "/" not in self.first[0]:
            program = posixpath.basename(program)
        return bool(program == self.first[0])

    def words(self) -> str:
        """The words."""
        return f"{self.field} = {list(self.first)}"


class Host:
    """A URL's host is one of these patterns. To allow another port than 80 and 443, a pattern names it."""

    def __init__(self, field: str, hosts: tuple[str, ...]) -> None:
        self.field, self.hosts = field, hosts
        split = [host.lower().partition(":") for host in hosts]
        self._fits = [(name_regex(host).match, f"{colon}{port}") for host, colon, port in split]

    def holds(self, value: Any, *, narrowly: bool) -> bool:
        """A URL whose host is not plain to see is met strictly, and not narrowly."""
        place = host_of(value)
        if place is None:
            return not narrowly and value is not None
        _, host, given = place
        usual = ("", ":80", ":443") if narrowly else (given,)
        return any(fits(host) and given in ((port,) if port else usual) for fits, port in self._fits)

    def words(self) -> str:
        """The patterns."""
        return f"host = {list(self.hosts)}"


class Example(msgspec.Struct, frozen=True):
    """A call and what is expected of it, written beside a rule."""

    call: str
    """As typed by hand: `:file.write secrets/key content=x`."""
    verdict: Verdict
    line: int
    labels: tuple[str, ...] = ()
    """Untrusted sources of its arguments."""
    mode: Mode = Mode.ACCEPT_EDITS
    rule: str = ""
    """The rule that must decide; any when empty."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; every condition must hold."""

    name: str
    verdict: Verdict
    reason: str
    origin: Origin
    calls: tuple[str, ...]
    """Globs over call names."""
    but: tuple[str, ...] = ()
    """Names of calls it does not speak of, whatever `calls` says."""
    effects: tuple[Effect, ...] = ()
    """Any when empty, as for the following."""
    labels: tuple[str, ...] = ()
    """`trusted`, `untrusted`, or globs over sources, of which one must fit."""
    modes: tuple[Mode, ...] = ()
    touches: tuple[Any, ...] = ()
    """`PathGlob`s over all paths the call names."""
    is_of_writes: bool = False
    """Whether `touches` speaks only of the paths the call changes."""
    where: tuple[Any, ...] = ()
    """`Condition`s on single arguments."""
    examples: tuple[Example, ...] = ()

    @property
    def id(self) -> str:
        """What decisions call it: `user:keep-secrets`."""
        return self.name if self.origin.layer is Layer.BUILT_IN else f"{self.origin.layer.value}:{self.name}"

    def speaks_of(self, name: str, effect: Effect) -> bool:
        """Whether it may concern a call at all."""
        if name in self.but or (self.effects and effect not in self.effects):
            return False
        return any(name_regex(glob).match(name) for glob in self.calls)


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are the same; true is not 1, though 1.0 is."""
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
