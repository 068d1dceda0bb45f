"""`python -m examples.caretaker`: watch, propose, ask at this terminal."""

import argparse
import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from apps.shell.boot import sit, watch_nothing
from apps.shell.host import open_host
from apps.shell.people import People, Talk
from apps.shell.settings import Settings, folders
from examples.caretaker.watch import Caretaker
from kernel.call import Approval, Choice
from kernel.loop import Nobody
from kernel.verdicts import Mode


def say(line: str) -> None:
    """To the person, harmless for a terminal."""
    print("".join(each if each.isprintable() else "?" for each in line), flush=True)


class Asker:
    """Shows the exact call, and takes `y` for yes."""

    is_present = sys.stdin.isatty()

    async def approve(self, approval: Approval) -> Choice:
        """What the person says; no where the input has ended."""
        say(f"  proposed: {approval.call.line()}")
        print("  do it? [y/N] ", end="", flush=True)
        answer = await asyncio.to_thread(sys.stdin.readline)
        return Choice.ONCE if answer.strip().lower() in ("y", "yes") else Choice.NO


async def main(least_percent: float, *, is_once: bool) -> None:
    """Until interrupted."""
    places = folders(os.environ, Path.home())
    settings = Settings(places, Path.cwd(), Path.home(), mind="reader", is_bare=True, mode=Mode.ASK)
    people = People(Asker(), Nobody(), watch_nothing, Talk(say))
    async with open_host(settings) as host, sit(host, settings, people) as kernel:
        caretaker = Caretaker(kernel, say, least_percent)
        await (caretaker.look() if is_once else caretaker.watch())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m examples.caretaker", description=__doc__)
    parser.add_argument("--once", action="store_true", help="look once and leave")
    parser.add_argument("--least-free", type=float, default=5.0, metavar="PERCENT", help="of a disk (5)")
    options = parser.parse_args()
    if not 0 <= options.least_free <= 100:
        parser.error(f"--least-free: expected 0 to 100 percent, got {options.least_free:g}")
    with suppress(KeyboardInterrupt):
        asyncio.run(main(options.least_free, is_once=options.once))
