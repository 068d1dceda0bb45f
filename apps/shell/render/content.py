"""How the text of a file looks: highlighted by its name, numbered when only a part is shown."""

from rich.console import RenderableType
from rich.syntax import Syntax
from rich.text import Text

from apps.shell.render import escape
from apps.shell.render.view import View, cut, marked, name, notice, stack
from syscalls.file_values import TextOf
from syscalls.tool_net import SUCCESS, Fetched

HIGHLIGHT_CHARACTERS = 64_000
"""Longer text stays plain: colouring it would be felt."""
PLAIN = "default"
"""What rich calls a language it does not know."""


def content(value: TextOf, view: View) -> RenderableType:
    """A file's text, capped to a screen's worth."""
    if not value.content:
        return stack(notice("(empty)"), cut(value.cut))
    has_windows_ends = "\r\n" in value.content
    body, left_out = capped(value.content.replace("\r\n", "\n"), view)
    text = coloured(value.path, body)
    is_part = (value.first_line > 1 or bool(value.cut)) and view.call != "file.sort"
    return stack(
        numbered(text, value.first_line) if is_part else text,
        view.more(left_out, "lines"),
        cut(value.cut),
        notice("lines end in CR LF") if has_windows_ends else None,
    )


def page(value: Fetched, view: View) -> RenderableType:
    """What came from a web address: the text plain, whatever it claims to be."""
    body, left_out = capped(value.content.replace("\r\n", "\n"), view)
    status = "" if value.status in SUCCESS else f", HTTP status {value.status}"
    about = f"{value.url}: {value.content_type}, {value.size_bytes} bytes{status}"
    return stack(
        marked(body) if value.content else None,
        view.more(left_out, "lines"),
        cut(value.cut),
        notice(escape.line(about)),
        name(f"sha256 {value.sha256}") if not value.is_text else None,
        notice(escape.line(value.location)) if value.location else None,
    )


def capped(text: str, view: View) -> tuple[str, int]:
    """As many lines, and characters a line, as a screen takes; and how many lines are left out."""
    limits = view.limits
    rows = text.removesuffix("\n").split("\n")
    kept: list[str] = []
    room = limits.characters
    for row in rows[: limits.lines]:
        short = escape.middle(row, limits.line_characters)
        room -= len(short)
        if room < 0 and kept:
            break
        kept.append(short)
    return "\n".join(kept), len(rows) - len(kept)


def coloured(path: str, text: str) -> Text:
    """The text with colours by the file's name; plain when long or of no known language."""
    language = Syntax.guess_lexer(path.rpartition("/")[2]) if len(text) <= HIGHLIGHT_CHARACTERS else PLAIN
    if language == PLAIN:
        return marked(text)
    result = Syntax("", language, theme="ansi_dark", background_color="default").highlight(escape.lines(text))
    result.rstrip()
    result.no_wrap = False
    return result


def numbered(text: Text, first_line: int) -> Text:
    """The text with a line number before each line."""
    rows = text.split("\n", allow_blank=True)
    width = len(str(first_line + len(rows)))
    parts = [
        Text.assemble((f"{number:>{width}} ", "dim"), row) for number, row in enumerate(rows, first_line)
    ]
    return Text("\n").join(parts)
