"""How a condition on an argument is written, by what the argument is declared to be."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from kernel.rules.patterns import Misfit, PathGlob, absolute
from kernel.rules.rule import Among, Begins, Between, Condition, Host, Paths
from syscalls.table import Entry, Field, shorten

ARGV, URL, HOST = "argv", "url", "host"
"""The arguments that make a call a program's or a fetch's, and the key that speaks of a URL's host."""


def condition(key: str, given: Any, entries: Sequence[Entry], places: tuple[str, str]) -> Condition:
    """One entry of `where`.

    Args:
        key: an argument's name, or `host`.
        given: as read from TOML.
        entries: the calls the rule speaks of.
        places: the folder that relative paths are relative to, and the home folder.

    Raises:
        Misfit: no such call has the argument, or the value is none of its kind.
    """
    name = URL if key == HOST and not any(HOST in _names(entry) for entry in entries) else key
    fields = [field for entry in entries for field in entry.fields if field.name == name]
    if not fields:
        known = sorted({each for entry in entries for each in _names(entry)})
        close = get_close_matches(key, known, n=1)
        near = f"; did you mean {close[0]}?" if close else ""
        raise Misfit(f"no such argument{near}; there are {', '.join(known) or 'none'}")
    if name == URL and key == HOST:
        return Host(
            URL, tuple(host.removesuffix(".") for host in _texts(given, "a host such as *.example.org"))
        )
    if name == ARGV:
        return Begins(ARGV, _words(given))
    kinds = {_kind(field) for field in fields}
    if kinds == {"path"}:
        return Paths(name, path_globs(given, *places))
    if len(kinds) > 1:
        raise Misfit(f"it is {' and '.join(sorted(kinds))} in different calls; name the calls one by one")
    return _plain(name, given, fields[0], kinds.pop())


def path_globs(given: Any, base: str, home: str) -> tuple[PathGlob, ...]:
    """Path patterns, absolute.

    Raises:
        Misfit: not a pattern or a list of such.
    """
    return tuple(
        PathGlob(absolute(text, base, home)) for text in _texts(given, 'a path pattern such as "src/**"')
    )


def _plain(name: str, given: Any, field: Field, kind: str) -> Condition:
    if kind == "number" and isinstance(given, dict):
        return _between(name, given)
    values = given if isinstance(given, list) else [given]
    fits = {
        "number": lambda each: isinstance(each, int | float) and not isinstance(each, bool),
        "yes or no": lambda each: isinstance(each, bool),
        "text": lambda each: isinstance(each, str),
    }[kind]
    if not values or not all(map(fits, values)):
        accepted = {
            "number": "a number, a list of such, or { min = 1, max = 9 }",
            "yes or no": "true or false",
            "text": "text, or a list of texts",
        }[kind]
        raise Misfit(f"expected {accepted} ({name} is a {field.kind}), got {shorten(given)}")
    return Among(name, tuple(values))


def _between(name: str, given: dict[str, Any]) -> Between:
    is_known = given and set(given) <= {"min", "max"}
    if not is_known or not all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in given.values()
    ):
        raise Misfit(f"expected {{ min = 1, max = 9 }}, or one of them, got {shorten(given)}")
    least, most = given.get("min"), given.get("max")
    if least is not None and most is not None and least > most:
        raise Misfit(f"nothing lies between {least} and {most}")
    return Between(name, least, most)


def _words(given: Any) -> tuple[str, ...]:
    words = given if isinstance(given, list) else [given]
    if not words or not all(isinstance(word, str) and word for word in words):
        raise Misfit(f'expected how the words begin, such as ["git", "status"], got {shorten(given)}')
    return tuple(words)


def _texts(given: Any, accepted: str) -> tuple[str, ...]:
    texts = given if isinstance(given, list) else [given]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise Misfit(f"expected {accepted}, or a list of such, got {shorten(given)}")
    return tuple(texts)


def _kind(field: Field) -> str:
    if field.is_path:
        return "path"
    if field.kind in ("size", "age", "count", "integer", "number"):
        return "number"
    return "yes or no" if field.kind == "boolean" else "text"


def _names(entry: Entry) -> list[str]:
    return [field.name for field in entry.fields]
