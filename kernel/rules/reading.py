"""A rule file's text as rules; every mistake names file, line, what was given and what is accepted."""

import posixpath
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any, NoReturn, TypeVar

from kernel.rules.conditions import condition, path_globs
from kernel.rules.lines import Lines, Place
from kernel.rules.patterns import Misfit, name_regex
from kernel.rules.rule import Example, Layer, Origin, Rule
from kernel.rules.source import BadRules, Source
from kernel.verdicts import Mode, Verdict
from syscalls.declare import Effect
from syscalls.table import Entry, Table, shorten

E = TypeVar("E", bound=Enum)
VERDICTS = {verdict.name.lower(): verdict for verdict in Verdict}
RULE_KEYS = ("name", "verdict", "reason", "call", "effect", "labels", "mode", "touches", "where", "example")
EXAMPLE_KEYS = ("call", "labels", "mode", "verdict", "rule")
_SOURCES = ("user", "kernel", "stdin", "trusted", "untrusted")


def read_rules(text: str, source: Source, table: Table) -> list[Rule]:
    """The rules of one file, in order.

    Raises:
        BadRules: the text is no TOML, holds an unknown key or value, speaks of calls or arguments that
            do not exist, or allows something where only tightening is accepted.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRules(source.file, 0, f"this is not TOML: {error}") from None
    return _Reader(source, table, Lines(text)).rules(found)


class _Reader:
    def __init__(self, source: Source, table: Table, lines: Lines) -> None:
        self._source, self._table, self._lines = source, table, lines

    def rules(self, found: Mapping[str, Any]) -> list[Rule]:
        self._only(found, ("rule",), ())
        given = found.get("rule", [])
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self._fail(("rule",), f"expected [[rule]] tables, got {shorten(given)}")
        rules = [self._rule(each, ("rule", at)) for at, each in enumerate(given)]
        names = [rule.name for rule in rules]
        for at, name in enumerate(names):
            if name in names[:at]:
                self._fail(("rule", at, "name"), f"two rules are called {name!r}; names are unique in a file")
        return rules

    def _rule(self, given: Mapping[str, Any], at: Place) -> Rule:
        self._only(given, RULE_KEYS, at)
        for key in ("verdict", "call"):
            if key not in given:
                self._fail(at, f"a rule needs {key!r}")
        line = self._lines.line(at)
        verdict = self._one(given["verdict"], VERDICTS, (*at, "verdict"))
        calls = self._calls(given["call"], (*at, "call"))
        name = self._text(given, "name", at) or f"{posixpath.basename(self._source.file)}:{line}"
        rule = Rule(
            name=name,
            verdict=verdict,
            reason=self._text(given, "reason", at) or f"a rule at {self._source.file}:{line} says so",
            origin=Origin(self._source.layer, self._source.file, line),
            calls=calls,
            effects=tuple(self._each(given, "effect", at, _by_value(Effect))),
            labels=self._labels(given, at, verdict),
            modes=tuple(self._each(given, "mode", at, _by_value(Mode))),
            touches=self._fitting((*at, "touches"), partial(self._touches, given, calls)),
            where=tuple(self._where(given.get("where", {}), calls, (*at, "where"))),
            examples=tuple(self._examples(given.get("example", []), (*at, "example"))),
        )
        if verdict is Verdict.ALLOW and self._source.layer is Layer.PROJECT:
            accepted = "a project may only tighten: expected ask or deny, got 'allow'"
            self._fail((*at, "verdict"), f"{accepted}; put it into your own policy.d, or give --allow")
        return rule

    def _calls(self, given: Any, at: Place) -> tuple[str, ...]:
        calls = self._texts(given, at, "a call such as file.write, or a pattern such as file.*")
        areas = {name.partition(".")[0] for name in self._table}
        for pattern in calls:
            if any(name_regex(pattern).match(name) for name in self._table):
                continue
            area = pattern.partition(".")[0]
            visible = [call.name for call in self._table.calls() if not call.is_hidden]
            near = _near(pattern, [*visible, *areas])
            if area in areas or near:
                self._fail(at, f"no call is {pattern!r}{near}; `aosh syscalls` lists them")
        return calls

    def _labels(self, given: Mapping[str, Any], at: Place, verdict: Verdict) -> tuple[str, ...]:
        if "labels" not in given:
            return ()
        place = (*at, "labels")
        labels = self._texts(given["labels"], place, "trusted, untrusted, or a source such as web:*")
        for each in labels:
            if each not in _SOURCES and ":" not in each and "*" not in each:
                near = _near(each, _SOURCES)
                self._fail(
                    place, f"expected trusted, untrusted or a source such as web:*, got {each!r}{near}"
                )
            if verdict is Verdict.ALLOW and each != "trusted":
                self._fail(
                    place, f"a rule cannot allow by source: expected trusted or no labels, got {each!r}"
                )
        return labels

    def _touches(self, given: Mapping[str, Any], calls: Sequence[str]) -> tuple[Any, ...]:
        if "touches" not in given:
            return ()
        if not any(entry.paths for entry in self._meant(calls)) and self._meant(calls):
            raise Misfit(f"{', '.join(calls)} names no files or folders")
        return path_globs(given["touches"], self._source.base, self._source.home)

    def _where(self, given: Any, calls: Sequence[str], at: Place) -> Iterable[Any]:
        if not isinstance(given, dict):
            self._fail(at, f'expected a table such as {{ path = "src/**" }}, got {shorten(given)}')
        entries = self._meant(calls)
        for key, wanted in given.items():
            place = (*at, key)
            yield self._fitting(
                place, partial(condition, key, wanted, entries, (self._source.base, self._source.home))
            )

    def _examples(self, given: Any, at: Place) -> Iterable[Example]:
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self._fail(at, f"expected [[rule.example]] tables, got {shorten(given)}")
        for number, each in enumerate(given):
            place = (*at, number)
            self._only(each, EXAMPLE_KEYS, place)
            for key in ("call", "verdict"):
                if key not in each:
                    self._fail(place, f"an example needs {key!r}")
            labels = (
                self._texts(each["labels"], (*place, "labels"), "a source such as web:evil.org")
                if "labels" in each
                else ()
            )
            yield Example(
                call=self._text(each, "call", place),
                verdict=self._one(each["verdict"], VERDICTS, (*place, "verdict")),
                line=self._lines.line(place),
                labels=labels,
                mode=self._one(each.get("mode", Mode.ACCEPT_EDITS.value), _by_value(Mode), (*place, "mode")),
                rule=self._text(each, "rule", place),
            )

    def _meant(self, calls: Sequence[str]) -> list[Entry]:
        return [
            self._table[name] for name in self._table if any(name_regex(each).match(name) for each in calls)
        ]

    def _each(self, given: Mapping[str, Any], key: str, at: Place, known: Mapping[str, E]) -> Iterable[E]:
        place = (*at, key)
        for each in self._texts(given[key], place, f"one of {', '.join(known)}") if key in given else ():
            yield self._one(each, known, place)

    def _one(self, given: Any, known: Mapping[str, E], at: Place) -> E:
        if not isinstance(given, str) or given not in known:
            near = _near(given, known)
            self._fail(at, f"expected one of {', '.join(known)}, got {shorten(given)}{near}")
        return known[given]

    def _texts(self, given: Any, at: Place, accepted: str) -> tuple[str, ...]:
        found = given if isinstance(given, list) else [given]
        if not found or not all(isinstance(each, str) and each for each in found):
            self._fail(at, f"expected {accepted}, or a list of such, got {shorten(given)}")
        return tuple(found)

    def _text(self, given: Mapping[str, Any], key: str, at: Place) -> str:
        found = given.get(key, "")
        if not isinstance(found, str):
            self._fail((*at, key), f"expected text, got {shorten(found)}")
        return found

    def _only(self, given: Mapping[str, Any], known: Sequence[str], at: Place) -> None:
        for key in given:
            if key not in known:
                self._fail(
                    (*at, key), f"unknown key {key!r}{_near(key, known)}; accepted are {', '.join(known)}"
                )

    def _fitting(self, at: Place, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Misfit as misfit:
            self._fail(at, str(misfit))

    def _fail(self, at: Place, problem: str) -> NoReturn:
        key = next((str(part) for part in reversed(at) if isinstance(part, str)), "")
        where = f"{key}: " if key and not problem.startswith(("a rule", "an example", "unknown")) else ""
        raise BadRules(self._source.file, self._lines.line(at), f"{where}{problem}")


def _near(given: object, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only where something is wrong

    close = get_close_matches(str(given), list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def _by_value(kind: type[E]) -> dict[str, E]:
    return {str(each.value): each for each in kind}
