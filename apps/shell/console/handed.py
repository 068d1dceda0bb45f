"""The terminal in the hands of a program that runs outside the jail."""

import asyncio


async def spawned(line: str, cwd: str) -> int:
    """Run `line` by `sh -c` on this terminal; its exit code, or minus the signal that ended it."""
    process = await asyncio.create_subprocess_exec("sh", "-c", line, cwd=cwd)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
