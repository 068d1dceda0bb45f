"""`aosh top` on a terminal: a picture a second, until q."""

import asyncio
import shutil
from collections.abc import Callable
from functools import partial
from typing import Literal

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import Output

from apps.shell.render.screen import to_ansi
from apps.shell.render.top import top
from apps.shell.seen import Asked
from apps.shell.top.scene import ORDERS, Scene, Stage

_EVERY_S = 1.0
_KEYS = {order[0]: order for order in ORDERS}
_FRAME_ROWS = 14
"""Lines of the terminal that are not rows of the table."""


_STEP = 1
_HELP = "c cpu  m memory  n name · ↑↓ agent  x kill  s suspend  r resume  + - nice · q quits"


class _Shown:
    """What is on the screen, and what keys do to it."""

    def __init__(self, stage: Stage, order: str) -> None:
        self.stage, self.order = stage, order
        self.text = ""
        self.said = ""
        self._scene: Scene | None = None
        self._chosen: tuple[int, int] | None = None
        """Kernel and number of the marked agent."""

    def draw(self) -> None:
        """Look, and make the picture."""
        self._scene = self.stage.look(self.order)
        self._paint()

    def _paint(self) -> None:
        if self._scene is None:
            return
        width, height = shutil.get_terminal_size()
        rows = max(1, height - _FRAME_ROWS - len(self._scene.agents) - len(self._scene.jobs))
        picture = top(self._scene, rows, self._number())
        below = self.said or f"sorted by {self.order} · {_HELP}"
        self.text = to_ansi(picture, width=width, has_colour=True) + f"\n{below[:width]}"

    def sort(self, order: str) -> None:
        """Another order of rows."""
        self.order, self.said = order, ""
        self.draw()

    def move(self, by: int) -> None:
        """Mark another agent."""
        agents = self._agents()
        if agents:
            number = (self._number() + by) % len(agents) if self._chosen in agents else 0
            self._chosen, self.said = agents[number], ""
        self._paint()

    def act(self, do: Literal["kill", "suspend", "resume", "nice"], by: int = 0) -> None:
        """Do something with the marked agent, or with the only one."""
        agents = self._agents()
        if self._chosen not in agents and len(agents) == 1:
            self._chosen = agents[0]
        if self._scene is None or self._chosen not in agents:
            self.said = "no agent is marked: ↑ and ↓ mark one" if agents else "there is no agent"
            self._paint()
            return
        kernel, agent = self._scene.agents[self._number()]
        problem = self.stage.tell(kernel, Asked(do, agent.pid, agent.nice + by))
        self.said = problem or f"agent {agent.pid}: {do}{f' {agent.nice + by}' if do == 'nice' else ''}"
        self.draw()

    def _agents(self) -> list[tuple[int, int]]:
        return [(kernel, agent.pid) for kernel, agent in self._scene.agents] if self._scene else []

    def _number(self) -> int:
        agents = self._agents()
        return agents.index(self._chosen) if self._chosen in agents else -1


async def live(stage: Stage, order: str, given: Input | None = None, output: Output | None = None) -> None:
    """Draw until q, Ctrl-C or Ctrl-D.

    Args:
        stage: what is looked at.
        order: the first order of rows.
        given: the keyboard; the terminal's where None. So too `output`.
    """
    shown = _Shown(stage, order)
    control = FormattedTextControl(lambda: ANSI(shown.text))
    app: Application[None] = Application(
        Layout(Window(control)), key_bindings=_keys(shown), full_screen=True, input=given, output=output
    )

    async def refresh() -> None:
        while True:
            shown.draw()
            app.invalidate()
            await asyncio.sleep(_EVERY_S)

    async with asyncio.TaskGroup() as group:
        drawing = group.create_task(refresh())
        try:
            await app.run_async()
        finally:
            drawing.cancel()


def _keys(shown: _Shown) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("q")
    @keys.add("c-c")
    @keys.add("c-d")
    def _quit(event: KeyPressEvent) -> None:
        event.app.exit()

    acts: dict[str, Callable[[], None]] = {
        "up": lambda: shown.move(-_STEP), "down": lambda: shown.move(_STEP), "x": lambda: shown.act("kill"),
        "s": lambda: shown.act("suspend"), "r": lambda: shown.act("resume"),
        "+": lambda: shown.act("nice", _STEP), "-": lambda: shown.act("nice", -_STEP),
    }  # fmt: skip
    acts |= {key: partial(shown.sort, order) for key, order in _KEYS.items()}
    for key, act in acts.items():

        @keys.add(key)
        def _do(event: KeyPressEvent, act: Callable[[], None] = act) -> None:
            act()
            event.app.invalidate()

    return keys
