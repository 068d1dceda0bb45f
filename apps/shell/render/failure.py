"""How an error looks: one line, then who moves next."""

from rich.text import Text

from apps.shell.render.escape import middle
from apps.shell.render.view import marked
from syscalls.errors import Act, Canceled, Denied, NotUnderstood, SysError

_NEXT = {
    Act.FIX: "correct it and try again",
    Act.ADAPT: "the same call would fail again",
    Act.WAIT: "aosh tries again by itself",
    Act.ASK: "your decision",
}
_BY_ERROR: dict[type[SysError], str] = {
    NotUnderstood: "say it another way",
    Canceled: "nothing more is done",
    Denied: "",
}
"""Where the class knows better than its actor."""
MESSAGE_CHARACTERS = 1_000


def failure(error: SysError) -> Text:
    """`ENOENT: no file ...` in red and a dim hint."""
    message = marked(middle(str(error), MESSAGE_CHARACTERS), "red", is_line=True)
    symbol = (f"{error.symbol or 'ERROR'}: ", "bold red")
    following = _BY_ERROR.get(type(error), _NEXT[error.act])
    return Text.assemble(symbol, message, (f"  ({following})" if following else "", "dim"))
