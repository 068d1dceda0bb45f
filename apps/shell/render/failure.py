"""How an error looks: one line, then who moves next."""

from rich.text import Text

from apps.shell.render.escape import middle
from apps.shell.render.view import marked
from syscalls.errors import Act, SysError

_NEXT = {
    Act.FIX: "correct it and try again",
    Act.ADAPT: "the same call would fail again",
    Act.WAIT: "aosh tries again by itself",
    Act.ASK: "your decision",
}
MESSAGE_CHARACTERS = 1_000


def failure(error: SysError) -> Text:
    """`ENOENT: no file ...` in red and a dim hint."""
    message = marked(middle(str(error), MESSAGE_CHARACTERS), "red", is_line=True)
    symbol = (f"{error.symbol or 'ERROR'}: ", "bold red")
    return Text.assemble(symbol, message, (f"  ({_NEXT[error.act]})", "dim"))
