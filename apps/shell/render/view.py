"""What a renderer is told besides the value, and the few shapes all of them share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from apps.shell.render import escape
from syscalls.taste import PLAIN, Taste, ago

T = TypeVar("T")

NAME_LIMIT = 600
"""Longest name shown whole, in characters; longer ones are cut in the middle."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that one reply may fill."""

    rows: int = 200
    lines: int = 400
    characters: int = 200_000
    line_characters: int = 2_000
    how_to_see_more: str = "narrow the request, or pipe it: aosh -p … | less"


@dataclass(frozen=True, slots=True)
class View:
    """The circumstances of one rendering."""

    call: str
    """Name of the call that answered."""
    width: int
    """Columns of the terminal."""
    now: float
    """Unix time, for relative times."""
    limits: Limits = Limits()
    taste: Taste = PLAIN
    """How the person wants things shown."""

    def size(self, size_bytes: int) -> str:
        """A size for people."""
        return self.taste.size(size_bytes)

    def exact(self, size_bytes: int) -> str:
        """A size with the exact number where it differs: "1.5 MB (1,500,000 bytes)"."""
        if abs(size_bytes) < 1000 and self.taste.sizes in ("", "B"):
            return self.size(size_bytes)
        return f"{self.size(size_bytes)} ({size_bytes:,} bytes)"

    def absolute(self, when: float) -> str:
        """Local date and time."""
        return absolute(when, self.taste)

    def day(self, when: float) -> str:
        """The local date; a time no calendar knows stays a number."""
        try:
            return self.taste.day(datetime.fromtimestamp(when).astimezone())
        except (OverflowError, ValueError, OSError):
            return f"{when:g} s"

    def both(self, when: float) -> str:
        """Absolute and relative, or the one that is wanted alone."""
        match self.taste.dates:
            case "relative":
                return ago(when, self.now)
            case "":
                return f"{self.absolute(when)} ({ago(when, self.now)})"
            case _:
                return self.absolute(when)

    @property
    def is_wide(self) -> bool:
        """Whether there is room for secondary columns."""
        return self.width >= 100

    def more(self, left_out: int, what: str) -> Text | None:
        """The remark that the screen was capped; None when nothing is left out."""
        return notice(f"… {left_out} more {what}; {self.limits.how_to_see_more}") if left_out else None


def name(text: str, style: str = "") -> Text:
    """A foreign string on one line; what was escaped stands out."""
    return marked(escape.middle(text, NAME_LIMIT), style, is_line=True)


def marked(text: str, style: str = "", *, is_line: bool = False) -> Text:
    """Foreign text with its escapes in another colour, so that they cannot be mistaken for the text."""
    pattern = escape.IN_LINE if is_line else escape.IN_TEXT
    result = Text(style=style)
    at = 0
    for match in pattern.finditer(text):
        result.append(text[at : match.start()])
        result.append(escape.shown(match[0]), style="magenta")
        at = match.end()
    return result.append(text[at:])


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """An empty table without borders: header and rows, made for scrollback and for copying."""
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="bold dim", pad_edge=False)
    for column in columns:
        is_right = column in right
        grid.add_column(
            Text(column), justify="right" if is_right else "left", overflow="fold", no_wrap=is_right
        )
    return grid


def facts() -> Table:
    """An empty two-column grid of names and values."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def first(items: Sequence[T], limit: int) -> tuple[Sequence[T], int]:
    """The first `limit` items, and how many are left out."""
    return items[:limit], max(0, len(items) - limit)


def notice(text: str) -> Text:
    """A remark of ours beneath a value."""
    return Text(text, style="dim yellow")


def stack(*parts: RenderableType | None) -> RenderableType:
    """The parts beneath each other, without the absent ones."""
    return Group(*(part for part in parts if part is not None))


def cut(text: str) -> Text | None:
    """The value's own remark that it is not complete."""
    return notice(f"… {escape.line(text)}") if text else None


def absolute(when: float, taste: Taste = PLAIN) -> str:
    """Local date and time; a time no calendar knows stays a number."""
    try:
        return taste.moment(datetime.fromtimestamp(when).astimezone())
    except (OverflowError, ValueError, OSError):
        return f"{when:g} s"
