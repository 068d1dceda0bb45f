"""The rules of a session, sorted once by call, so that deciding one call looks at few of them.

A `Shelf` holds what may concern one call: the rules that ask or deny, strictest first, found by the
folders their path patterns begin in; and the rules that allow.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kernel.rules.nearby import ArgvIndex, Glob, PathIndex
from kernel.rules.patterns import ARGV, is_wild, name_regex
from kernel.rules.rule import Begins, Condition, Layer, Paths, Rule
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


class Ready:
    """One rule made ready for one call."""

    def __init__(self, rule: Rule, reaching: frozenset[str], defaults: Mapping[str, Any]) -> None:
        """Args: `reaching` names the arguments with which what lies beneath is touched."""
        self.rule = rule
        self.decision = Decision(rule.verdict, rule.id, rule.reason)
        self.is_of_people = rule.origin.layer is not Layer.BUILT_IN
        self._narrowly = rule.verdict is Verdict.ALLOW
        self._modes = frozenset(rule.modes)
        self._trusts = frozenset(_TRUST[each] for each in rule.labels if each in _TRUST)
        self._sources = tuple(name_regex(each).match for each in rule.labels if each not in _TRUST)
        self._where = tuple(
            (_bound(condition, reaching), defaults.get(condition.field)) for condition in rule.where
        )

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
        reaching = _reaching(call, fields.values())
        self._paths = [
            (field.name, field.name in reaching, field.access == "write")
            for field in fields.values()
            if field.is_path
        ]
        about = [
            Ready(rule, reaching, defaults)
            for rule in rules
            if rule.speaks_of(call.name, call.effect)
            and all(each.field in fields for each in rule.where)
            and self._may_touch(rule)
        ]
        self.allowing = [ready for ready in about if ready.rule.verdict is Verdict.ALLOW]
        self.stating = sorted(
            (ready for ready in about if ready.rule.verdict is not Verdict.ALLOW),
            key=lambda ready: -ready.rule.verdict.value,
        )
        self._stating, self._allowing = _Sorted(self.stating), _Sorted(self.allowing)
        self.of_people = [
            ready.decision for ready in self.stating if ready.is_of_people and ready.rule.touches
        ]
        """What rules that people wrote could say of a folder's content that the call takes elsewhere.

        The guards are left out: what they guard by its name was guarded where it lay before.
        """

    def stated(self, given: Given) -> list[Decision]:
        """What the rules say that ask or deny: the first that denies, or all that ask."""
        if not self.stating:
            return []
        found: list[Decision] = []
        touched = self.touched(given.arguments)
        for at in self._stating.near(given.arguments, touched):
            ready = self.stating[at]
            if ready.holds(given, touched):
                if ready.rule.verdict is Verdict.DENY:
                    return [ready.decision]
                found.append(ready.decision)
        return found

    def stated_of(self, place: Touched, given: Given, *, of_people: bool = False) -> list[Decision]:
        """What the rules that ask or deny, or only those `of_people`, say of one place that is touched besides."""
        about = [self.stating[at] for at in self._stating.of(place)]
        return [
            ready.decision
            for ready in about
            if ready.rule.touches and ready.is_of_people >= of_people and ready.holds(given, [place])
        ]

    def allowed(self, given: Given) -> Decision | None:
        """The first rule that allows the call."""
        touched = self.touched(given.arguments)
        for at in self._allowing.around(given.arguments, touched):
            if self.allowing[at].holds(given, touched):
                return self.allowing[at].decision
        return None

    def holding(self, given: Given) -> list[Rule]:
        """Every rule whose conditions hold, in the order they are read; for explanations."""
        touched = self.touched(given.arguments)
        near = [self.stating[at] for at in self._stating.near(given.arguments, touched)]
        return [ready.rule for ready in (*near, *self.allowing) if ready.holds(given, touched)]

    def touched(self, arguments: Mapping[str, Any]) -> list[Touched]:
        """Every path the call names."""
        found = []
        for name, reaches, is_changed in self._paths:
            value = arguments.get(name)
            if value is not None:
                for path in value if isinstance(value, list) else (value,):
                    plain = path.rstrip("/") or "/"
                    found.append(Touched(plain, reaches, is_changed, is_wild(path)))
        return found

    def _may_touch(self, rule: Rule) -> bool:
        """Whether the call has an argument that the rule's `touches` can speak of, where there is any."""
        return not rule.touches or any(
            is_changed or not rule.is_of_writes for _, _, is_changed in self._paths
        )


class _Sorted:
    """Rules of a shelf, sorted by what they speak of."""

    def __init__(self, rules: Sequence[Ready]) -> None:
        self._everywhere, by_words = list[int](), list[tuple[int, tuple[str, ...]]]()
        of_all, of_any = list[tuple[int, Glob]](), list[tuple[int, Glob]]()
        for at, ready in enumerate(rules):
            globs = _globs_of(ready.rule)
            begins = next((each for each in ready.rule.where if isinstance(each, Begins)), None)
            if globs:
                of_all += [(at, glob) for glob in globs]
                of_any += [(at, glob) for glob in globs if not ready.rule.is_of_writes]
            elif begins is not None:
                by_words.append((at, begins.first))
            else:
                self._everywhere.append(at)
        self._programs = ArgvIndex(by_words)
        self._changed, self._named = PathIndex(of_all), PathIndex(of_any)

    def near(self, arguments: Mapping[str, Any], touched: Sequence[Touched]) -> list[int]:
        """Places of the rules that speak of no path and no program, or may speak of one of these, in order."""
        found = {*self._everywhere, *self._programs.meeting(arguments.get(ARGV))}
        for each in touched:
            found |= self._meeting(each)
        return sorted(found)

    def of(self, place: Touched) -> list[int]:
        """Places of the rules that may speak of one path, in order."""
        return sorted(self._meeting(place))

    def _meeting(self, each: Touched) -> set[int]:
        index = self._changed if each.is_changed else self._named
        return index.meeting(each.path, reaches=each.reaches, is_wild=each.is_wild)

    def around(self, arguments: Mapping[str, Any], touched: Sequence[Touched]) -> list[int]:
        """The same, of rules that may allow: all of the first path must lie within."""
        found = {*self._everywhere, *self._programs.meeting(arguments.get(ARGV))}
        if touched:
            found |= self._changed.holding(touched[0].path)
        return sorted(found)


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


def _globs_of(rule: Rule) -> tuple[Glob, ...]:
    """Patterns of which one must be met before the rule can hold; none where it speaks of no paths."""
    if rule.touches:
        return rule.touches
    return next((condition.globs for condition in rule.where if isinstance(condition, Paths)), ())


def _bound(condition: Condition, reaching: frozenset[str]) -> Condition:
    if isinstance(condition, Paths):
        return Paths(condition.field, condition.globs, reaches=condition.field in reaching)
    return condition
