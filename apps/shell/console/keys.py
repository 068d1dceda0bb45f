"""What keys do at the prompt, as CONVENTIONS says: enter, newline, interrupt, leave, permission mode."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_completions, has_focus, is_searching
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

SECOND_PRESS_S = 1.0
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Leave:
    """The person wants to leave the shell."""

    code: int = 0
    """Exit code: 0 after Ctrl-D, 130 after a second Ctrl-C."""


class Interrupts:
    """When Ctrl-C was last pressed: a second press in time means leave."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = float("-inf")

    @property
    def is_recent(self) -> bool:
        """Whether another press now would be the second."""
        return self._clock() - self._last <= SECOND_PRESS_S

    def pressed(self) -> None:
        """Ctrl-C, here or while a turn ran."""
        self._last = self._clock()


def prompt_keys(interrupts: Interrupts, cycle_mode: Callable[[], None] | None) -> KeyBindings:
    """The bindings of the main prompt; they go before prompt_toolkit's own."""
    keys = KeyBindings()
    at_prompt = has_focus(DEFAULT_BUFFER) & ~is_searching

    @keys.add("c-c", filter=at_prompt)
    def interrupt(event: KeyPressEvent) -> None:
        """Clear the line, which stays in the history; leave at the second press on an empty one."""
        buffer = event.current_buffer
        if interrupts.is_recent and not buffer.text:
            event.app.exit(result=Leave(EXIT_INTERRUPTED))
            return
        if buffer.text:
            buffer.append_to_history()
            buffer.reset()
        interrupts.pressed()
        asyncio.get_running_loop().call_later(SECOND_PRESS_S, event.app.invalidate)

    def cycle(event: KeyPressEvent) -> None:
        if cycle_mode is not None:
            cycle_mode()
        event.app.invalidate()

    keys.add("enter", filter=at_prompt)(enter)
    keys.add("escape", "enter", filter=at_prompt)(newline)
    keys.add("c-d", filter=at_prompt)(end)
    keys.add("s-tab", filter=at_prompt & ~has_completions)(cycle)
    return keys


def enter(event: KeyPressEvent) -> None:
    """Take the completion chosen among several, or hand in the line."""
    buffer = event.current_buffer
    menu = buffer.complete_state
    if menu and menu.current_completion and len(menu.completions) > 1:
        buffer.complete_state = None
    else:
        buffer.validate_and_handle()


def newline(event: KeyPressEvent) -> None:
    """Another line of the same request."""
    event.current_buffer.insert_text("\n")


def end(event: KeyPressEvent) -> None:
    """Leave on an empty line, else delete the character under the cursor."""
    if event.current_buffer.text:
        event.current_buffer.delete()
    else:
        event.app.exit(result=Leave(0))
