"""A process that vLLM starts for the kernel ends with the kernel; no vLLM is needed to see it."""

import asyncio
import os
import signal
import sys

from kernel.minds.generative.vllm_guard import VARIABLE

BOUND_S = 20
CHILD = """
import sys, time
from kernel.minds.generative.vllm_guard import end_with_parent
end_with_parent()
print("guarded", flush=True)
time.sleep(600)
"""


async def started(parent: int | None) -> asyncio.subprocess.Process:
    """A process that guards itself as vLLM's do, with the parent named in its environment."""
    named = {} if parent is None else {VARIABLE: str(parent)}
    environ = {name: value for name, value in os.environ.items() if name != VARIABLE} | named
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, stdout=asyncio.subprocess.PIPE, env=environ, cwd=os.getcwd()
    )


async def told(process: asyncio.subprocess.Process) -> bytes:
    """Its next line; nothing once it has ended."""
    assert process.stdout is not None
    return await process.stdout.readline()


async def sleeper() -> asyncio.subprocess.Process:
    """A process that can be killed in the kernel's place."""
    return await asyncio.create_subprocess_exec("sleep", "600")


async def test_it_is_killed_when_the_kernel_is() -> None:
    kernel = await sleeper()
    async with asyncio.timeout(BOUND_S):
        guarded = await started(kernel.pid)
        assert await told(guarded) == b"guarded\n"
        kernel.kill()
        await kernel.wait()
        assert await guarded.wait() == -signal.SIGKILL


async def test_it_does_not_begin_where_the_kernel_is_gone_already() -> None:
    kernel = await sleeper()
    kernel.kill()
    async with asyncio.timeout(BOUND_S):
        await kernel.wait()
        guarded = await started(kernel.pid)
        assert await told(guarded) == b""
        assert await guarded.wait() == -signal.SIGKILL


async def test_a_users_own_vllm_is_left_alone() -> None:
    async with asyncio.timeout(BOUND_S):
        free = await started(None)
        assert await told(free) == b"guarded\n"
        assert free.returncode is None
        free.kill()
        await free.wait()
