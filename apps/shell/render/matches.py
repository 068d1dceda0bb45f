"""How search results look: grouped by file, the match highlighted."""

import re
import warnings
from itertools import groupby

from rich.console import RenderableType
from rich.text import Text

from apps.shell.render import escape
from apps.shell.render.view import View, cut, first, name, notice, stack, table
from syscalls.file_values import Hit, Matches

_HIT = "bold red"
_RISKY = re.compile(r"\)[*+{?]|\\[0-9]|\(\?")
_REPEATS = re.compile(r"[*+{]")
REGEX_CHARACTERS = 300
"""Longest line a regular expression is tried on again, only to colour it."""


def matches(value: Matches, view: View) -> RenderableType:
    """Hits below their file's name; a table where only counts were asked for."""
    if not value.hits:
        return counts(value, view) if value.files else notice(value.when_empty())
    hits, left_out = first(value.hits, view.limits.lines)
    regex = safe_regex(value.pattern)
    width = len(str(max(hit.line for hit in hits)))
    parts: list[Text] = []
    for path, group in groupby(hits, key=lambda hit: hit.path):
        parts.append(name(path, "bold blue"))
        parts += [_hit(hit, value.pattern, regex, width, view) for hit in group]
    return stack(*parts, view.more(left_out, "lines"), cut(value.cut))


def counts(value: Matches, view: View) -> RenderableType:
    """How often each file matched."""
    files, left_out = first(value.files, view.limits.rows)
    grid = table("lines", "file", right=("lines",))
    for each in files:
        grid.add_row(Text(f"{each.count:,}"), name(each.path))
    return stack(grid, view.more(left_out, "files"), cut(value.cut))


def safe_regex(pattern: str) -> re.Pattern[str] | None:
    """The pattern compiled, unless matching it could take long: then colours are not worth it."""
    if _RISKY.search(pattern) or len(_REPEATS.findall(pattern)) > 2:
        return None
    try:
        with warnings.catch_warnings():  # `[[` is a set of brackets here, whatever it may mean one day
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError):
        return None


def _hit(hit: Hit, pattern: str, regex: re.Pattern[str] | None, width: int, view: View) -> Text:
    raw = escape.middle(hit.text.rstrip("\r\n"), view.limits.line_characters)
    gutter = Text(f"{hit.line:>{width}} ", style="green" if hit.is_match else "dim")
    body = _highlighted(raw, _spans(raw, pattern, regex)) if hit.is_match else name(raw, "dim")
    return Text.assemble(gutter, body)


def _spans(raw: str, pattern: str, regex: re.Pattern[str] | None) -> list[tuple[int, int]]:
    literal = [match.span() for match in re.finditer(re.escape(pattern), raw, re.IGNORECASE)]
    if literal or regex is None or len(raw) > REGEX_CHARACTERS:
        return literal
    return [match.span() for match in regex.finditer(raw) if match[0]]


def _highlighted(raw: str, spans: list[tuple[int, int]]) -> Text:
    body = Text()
    at = 0
    for start, end in spans:
        body.append(escape.line(raw[at:start])).append(escape.line(raw[start:end]), style=_HIT)
        at = end
    return body.append(escape.line(raw[at:]))
