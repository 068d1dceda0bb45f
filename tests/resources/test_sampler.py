"""The sampler runs while somebody needs to know, and not a moment longer."""

import asyncio
import os
import subprocess

from kernel.resources.machine import Machine
from kernel.resources.sampler import Sample, Sampler
from kernel.resources.trees import Tracked


def machine() -> Machine:
    return Machine(cpu_count=2)


async def test_it_runs_only_while_somebody_listens_or_something_is_tracked() -> None:
    sampler = Sampler(machine)
    before = sampler.is_running
    deaf = sampler.listen(lambda _: None)
    forget = sampler.track(Tracked("us", "kernel", os.getpid()))
    both = sampler.is_running
    deaf()
    one = sampler.is_running
    forget()
    forget()
    assert (before, both, one, sampler.is_running) == (False, True, True, False)


async def test_each_listener_is_told_each_sample() -> None:
    heard: asyncio.Queue[Sample] = asyncio.Queue()
    sampler = Sampler(machine, period_s=0.001)
    sampler.listen(heard.put_nowait)
    sampler.track(Tracked("us", "kernel", os.getpid()))
    async with asyncio.timeout(5):
        first, second = await heard.get(), await heard.get()
    sampler.close()
    assert first.at_s <= second.at_s
    assert [tree.name for tree in second.trees] == ["us"]
    assert not sampler.is_running


async def test_a_listener_that_fails_does_not_end_the_looking() -> None:
    heard: asyncio.Queue[Sample] = asyncio.Queue()
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))
    sampler = Sampler(machine, period_s=0.001)

    def listener(sample: Sample) -> None:
        heard.put_nowait(sample)
        raise ValueError("a fault in the listener")

    sampler.listen(listener)
    async with asyncio.timeout(5):
        await heard.get()
        await heard.get()
    sampler.close()
    assert failures


def test_a_tree_that_ended_is_told_once_and_forgotten() -> None:
    with subprocess.Popen(["sleep", "60"]) as root:
        tree = Tracked("it", "tool", root.pid)
        root.kill()
    sampler = Sampler(machine)
    sampler._tracked.append(tree)
    assert [each.is_alive for each in sampler.sample().trees] == [False]
    assert sampler.sample().trees == ()
