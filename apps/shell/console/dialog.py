"""Inline questions that one key answers: no full screen, nothing left behind but the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import Output

from apps.shell.console.highlight import STYLE


@dataclass(frozen=True, slots=True)
class Desk:
    """Where dialogs take place."""

    input: Input
    output: Output
    clock: Callable[[], float]
    grace_s: float = 0.4
    """Keys pressed so soon after a question appears were not meant for it, and are dropped."""


async def press_one(desk: Desk, question: str, keys: Mapping[str, str], *, otherwise: str) -> str:
    """The key that was pressed.

    Args:
        desk: where it takes place.
        question: what stands before the choices, already escaped.
        keys: one-letter key -> what it means; any other key is ignored.
        otherwise: the answer that Ctrl-C, Ctrl-D and Escape give.
    """
    clear_typeahead(desk.input)
    started = desk.clock()
    bindings = KeyBindings()
    application: Application[str] = Application(
        layout=Layout(
            Window(
                FormattedTextControl(_choices(question, keys, desk.output.get_size().columns)),
                dont_extend_height=True,
                wrap_lines=True,
            )
        ),
        key_bindings=bindings,
        style=STYLE,
        input=desk.input,
        output=desk.output,
        erase_when_done=True,
    )

    def answer(key: str) -> Callable[[KeyPressEvent], None]:
        def pressed(event: KeyPressEvent) -> None:
            if desk.clock() - started >= desk.grace_s and not event.app.is_done:
                event.app.exit(result=key)

        return pressed

    for key in keys:
        bindings.add(key)(answer(key))
    for key in ("c-c", "c-d", "escape"):
        bindings.add(key)(answer(otherwise))
    return await application.run_async(handle_sigint=False)


def _choices(question: str, keys: Mapping[str, str], columns: int) -> StyleAndTextTuples:
    """Question and choices on one line, or where that is too long one choice a line."""
    length = len(question) + sum(len(key) + len(meaning) + 3 for key, meaning in keys.items())
    between = "  " if length < columns else "\n  "
    fragments: StyleAndTextTuples = [("class:question", question)]
    for key, meaning in keys.items():
        fragments += [("", between), ("class:choice", key), ("", f" {meaning}")]
    return fragments
