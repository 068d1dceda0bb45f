"""The rules of a session, sorted once by call, so that deciding one call looks at few of them.

A `Shelf` holds what may concern one call: the rules that ask or deny, strictest first, found by the
folders their path patterns begin in; and the rules that allow.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kernel.rules.patterns import PathGlob, is_wild, name_regex
from kernel.rules.rule import Condition, Layer, Paths, Rule
from kernel.verdicts import Decision, Mode, Verdict
from syscalls.labels import Labels
from syscalls.table import AnyCall, Field, argument_fields

_TRUST = {"trusted": True, "untrusted": False}


class Given(NamedTuple):
    """What a decision is made on, besides the call itself."""

    arguments: Mapping[str, Any]
    """Canonical."""
    labels: Labels
    mode: Mode


class Touched(NamedTuple):
    """One path a call names."""

    path: str
    reaches: bool
    """Whether what lies beneath is touched with it: not so for the one path that is written to."""
    is_changed: bool
    is_wild: bool
    """Whether the path is a pattern itself."""

    def may_meet(self, rule: Rule) -> bool:
        """Whether it may be one that the rule's `touches` speaks of, where there is any."""
        if not rule.touches:
            return True
        if rule.is_of_writes and not self.is_changed:
            return False
        if not self.is_wild and not self.reaches:
            return any(glob.meets(self.path) for glob in rule.touches)
        return any(glob.may_meet(self.path, reaches=self.reaches) for glob in rule.touches)


class Ready:
    """One rule made ready for one call."""

    def __init__(self, rule: Rule, reaching: frozenset[str], defaults: Mapping[str, Any]) -> None:
        """Args: `reaching` names the arguments with which what lies beneath is touched."""
        self.rule = rule
        self.decision = Decision(rule.verdict, rule.id, rule.reason)
        self._narrowly = rule.verdict is Verdict.ALLOW
        self._starts = tuple(glob.base for glob in rule.touches)
        self._modes = frozenset(rule.modes)
        self._trusts = frozenset(_TRUST[each] for each in rule.labels if each in _TRUST)
        self._sources = tuple(name_regex(each).match for each in rule.labels if each not in _TRUST)
        self._where = tuple(
            (_bound(condition, reaching), defaults.get(condition.field)) for condition in rule.where
        )

    def is_near(self, touched: Sequence[Touched]) -> bool:
        """Whether the first path lies where a rule that allows begins; a quick look that spares most others."""
        return not self._starts or (bool(touched) and touched[0].path.startswith(self._starts))

    def holds(self, given: Given, touched: Sequence[Touched]) -> bool:
        """Whether every condition holds; for rules that ask or deny, `touches` was looked up before."""
        if self._modes and given.mode not in self._modes:
            return False
        if self.rule.labels and not self._labels_fit(given.labels):
            return False
        if self._narrowly and not self._is_within(given.labels, touched):
            return False
        for condition, default in self._where:
            value = given.arguments.get(condition.field, default)
            if not condition.holds(value, narrowly=self._narrowly):
                return False
        return True

    def _is_within(self, labels: Labels, touched: Sequence[Touched]) -> bool:
        if not labels.is_trusted:
            return False
        globs = self.rule.touches
        if not globs:
            return True
        return bool(touched) and all(any(glob.holds(each.path) for glob in globs) for each in touched)

    def _labels_fit(self, labels: Labels) -> bool:
        if labels.is_trusted in self._trusts:
            return True
        return any(fits(label.source) for fits in self._sources for label in labels.items)


class Shelf:
    """The rules that may concern one call."""

    def __init__(self, rules: Iterable[Rule], call: AnyCall) -> None:
        fields = {field.name: field for field in argument_fields(call.schema)}
        shapes = call.schema.get("properties", {})
        defaults = {name: shape.get("default") for name, shape in shapes.items()}
        self._reaching = _reaching(call, fields.values())
        about = [
            Ready(rule, self._reaching, defaults)
            for rule in rules
            if rule.speaks_of(call.name, call.effect) and all(each.field in fields for each in rule.where)
        ]
        self.allowing = [ready for ready in about if ready.rule.verdict is Verdict.ALLOW]
        self.stating = sorted(
            (ready for ready in about if ready.rule.verdict is not Verdict.ALLOW),
            key=lambda ready: -ready.rule.verdict.value,
        )
        self._paths = [field for field in fields.values() if field.is_path]
        self._anywhere = [at for at, ready in enumerate(self.stating) if not _globs_of(ready.rule)]
        self._by_base = _index((at, glob.base) for at, glob in self._globs())
        self._by_above = _index((at, path) for at, glob in self._globs() for path in glob.above)

    def stated(self, given: Given) -> list[Decision]:
        """What the rules say that ask or deny: the first that denies, or all that ask."""
        if not self.stating:
            return []
        found: list[Decision] = []
        touched = self.touched(given.arguments)
        for at in self._near(touched):
            ready = self.stating[at]
            if ready.holds(given, touched):
                if ready.rule.verdict is Verdict.DENY:
                    return [ready.decision]
                found.append(ready.decision)
        return found

    def allowed(self, given: Given) -> Decision | None:
        """The first rule that allows the call."""
        touched = self.touched(given.arguments)
        return next(
            (
                ready.decision
                for ready in self.allowing
                if ready.is_near(touched) and ready.holds(given, touched)
            ),
            None,
        )

    def holding(self, given: Given) -> list[Rule]:
        """Every rule whose conditions hold, in the order they are read; for explanations."""
        touched = self.touched(given.arguments)
        near = set(self._near(touched))
        found = [
            ready.rule for at, ready in enumerate(self.stating) if at in near and ready.holds(given, touched)
        ]
        return found + [ready.rule for ready in self.allowing if ready.holds(given, touched)]

    def touched(self, arguments: Mapping[str, Any]) -> list[Touched]:
        """Every path the call names."""
        found = []
        for field in self._paths:
            value = arguments.get(field.name)
            if value is not None:
                reaches = field.name in self._reaching
                paths = value if isinstance(value, list) else (value,)
                is_changed = field.access == "write"
                found += [
                    Touched(path.rstrip("/") or "/", reaches, is_changed, is_wild(path)) for path in paths
                ]
        return found

    def _globs(self) -> Iterator[tuple[int, Any]]:
        return ((at, glob) for at, ready in enumerate(self.stating) for glob in _globs_of(ready.rule))

    def _near(self, touched: Sequence[Touched]) -> list[int]:
        """Places of the rules that speak of no paths, or of one of these, in order."""
        if len(self._anywhere) == len(self.stating):
            return self._anywhere
        near = set(self._anywhere)
        for each in touched:
            for at in self._candidates(each):
                if at not in near and each.may_meet(self.stating[at].rule):
                    near.add(at)
        return sorted(near)

    def _candidates(self, touched: Touched) -> Iterable[int]:
        if touched.is_wild:
            return range(len(self.stating))
        folder = touched.path
        found = list(self._by_above.get(folder, ())) if touched.reaches else []
        while True:
            found += self._by_base.get(folder, ())
            if folder == "/":
                return found
            folder = folder[: folder.rindex("/")] or "/"


class Book:
    """All rules, in the order they are read: built-in, system, user, project, command line."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: list(Layer).index(rule.origin.layer)))
        self._shelves: dict[AnyCall, Shelf] = {}

    def shelf(self, call: AnyCall) -> Shelf:
        """The rules that may concern a call; made when it is first decided on."""
        shelf = self._shelves.get(call)
        if shelf is None:
            shelf = self._shelves[call] = Shelf(self.rules, call)
        return shelf


def _reaching(call: AnyCall, fields: Iterable[Field]) -> frozenset[str]:
    """The path arguments with which everything beneath is touched.

    Not the one path that is written to, nor those of the kernel's own calls, which name each path.
    """
    if call.is_hidden:
        return frozenset()
    return frozenset(field.name for field in fields if field.is_list or field.access != "write")


def _globs_of(rule: Rule) -> tuple[PathGlob, ...]:
    """Patterns of which one must be met before the rule can hold; none where it speaks of no paths."""
    if rule.touches:
        return rule.touches
    return next((condition.globs for condition in rule.where if isinstance(condition, Paths)), ())


def _bound(condition: Condition, reaching: frozenset[str]) -> Condition:
    if isinstance(condition, Paths):
        return Paths(condition.field, condition.globs, reaches=condition.field in reaching)
    return condition


def _index(pairs: Iterable[tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, dict[int, None]] = {}
    for at, key in pairs:
        found.setdefault(key, {})[at] = None
    return {key: tuple(places) for key, places in found.items()}
