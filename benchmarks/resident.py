"""A kernel that made some calls, then sits still until standard input ends: what `memory` looks at."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.world import World, call, kernel, look
from kernel.call import Proposal
from kernel.minds.needle.mind import NeedleMind
from kernel.minds.needle.tools import shelves
from syscalls.table import AnyCall


async def main(made: World) -> None:
    """Print the processes' pids as one JSON object, then wait."""
    async with kernel(made.settings("needle")) as running:
        await call(running, look(made.work / "tiny.txt"))
        await call(running, Proposal("sys.status", {}))
        await running.request("list the files here")
        assert isinstance(running.mind, NeedleMind)
        await running.mind.warm(running.menu)
        service = made.service()
        for _ in range(2):
            await service.complete(_first_menu(running.menu), "list the files")
        state = await service.state()
        await service.close()
        pids = {f"{driver.program.name} driver": driver.child.pid for driver in running.drivers.running()}
        pids[f"mind process, {state['menus']} menus"] = state["pid"]
        sys.stdout.write(json.dumps(pids) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


def _first_menu(menu: Sequence[AnyCall]) -> str:
    return shelves(tuple(menu))[0].menu


if __name__ == "__main__":
    asyncio.run(main(World(Path(sys.argv[1]), Path(sys.argv[2]))))
