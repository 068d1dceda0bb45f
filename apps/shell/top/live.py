"""`aosh top` on a terminal: a picture a second, until q."""

import asyncio
import shutil

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import Output

from apps.shell.render.screen import to_ansi
from apps.shell.render.top import top
from apps.shell.top.scene import ORDERS, Stage

_EVERY_S = 1.0
_KEYS = {order[0]: order for order in ORDERS}
_FRAME_ROWS = 8
"""Lines of the terminal that are not rows of the table."""


async def live(stage: Stage, order: str, given: Input | None = None, output: Output | None = None) -> None:
    """Draw until q, Ctrl-C or Ctrl-D; c, m and n sort.

    Args:
        stage: what is looked at.
        order: the first order of rows.
        given: the keyboard; the terminal's where None. So too `output`.
    """
    shown = {"order": order, "text": ""}

    def redraw() -> None:
        width, height = shutil.get_terminal_size()
        picture = top(stage.look(shown["order"]), max(1, height - _FRAME_ROWS))
        help_line = f"\nsorted by {shown['order']} · c cpu  m memory  n name  q quits"
        shown["text"] = to_ansi(picture, width=width, has_colour=True) + help_line
        app.invalidate()

    keys = KeyBindings()

    @keys.add("q")
    @keys.add("c-c")
    @keys.add("c-d")
    def _quit(event: KeyPressEvent) -> None:
        event.app.exit()

    for key, name in _KEYS.items():

        @keys.add(key)
        def _sort(event: KeyPressEvent, name: str = name) -> None:
            shown["order"] = name
            redraw()

    control = FormattedTextControl(lambda: ANSI(shown["text"]))
    app: Application[None] = Application(
        Layout(Window(control)), key_bindings=keys, full_screen=True, input=given, output=output
    )

    async def refresh() -> None:
        while True:
            redraw()
            await asyncio.sleep(_EVERY_S)

    async with asyncio.TaskGroup() as group:
        drawing = group.create_task(refresh())
        try:
            await app.run_async()
        finally:
            drawing.cancel()
