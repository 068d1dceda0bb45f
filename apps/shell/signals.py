"""Signals: once modules are loaded, handed to one function; no traceback for anyone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apps.shell.held import HELD, let_go


@contextmanager
def released(ends: Callable[[int], bool]) -> Iterator[list[int]]:
    """Hand signals to `ends`; where it says yes, the current task is cancelled, once.

    The yielded list holds the number of the signal that ended it, or nothing.
    """
    import asyncio  # loading it takes longer than all else that happens before `hold`

    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    stopped: list[int] = []

    def take(number: int) -> None:
        if not stopped and ends(number):
            stopped.append(number)
            task.cancel()

    for number in HELD:
        loop.add_signal_handler(number, take, int(number))
    let_go()
    try:
        yield stopped
    finally:
        for number in HELD:
            loop.remove_signal_handler(number)
