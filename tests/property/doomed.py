"""A kernel at work that its starter will kill: `FOLDER OPS`; says "ready" and does the calls one after another."""

import asyncio
import json
import sys
from pathlib import Path

from kernel.journal.sqlite import SqliteJournal
from kernel.process import Limits
from tests.kernel.world import agent, disk_at


async def main(folder: Path, ops: list[tuple[str, dict[str, object]]]) -> None:
    journal = SqliteJournal.open(folder / "journal.db")
    async with disk_at(folder) as disk:
        process = agent(cwd=str(disk.work), limits=Limits(calls=None))
        here = disk.but(journal=journal, process=process)
        await here.drivers.warm(process, "file")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for name, arguments in ops:
            await here(name, **arguments)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
