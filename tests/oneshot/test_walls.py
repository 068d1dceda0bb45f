"""A program reaches what it was granted, and no jail of an earlier run is taken for its own."""

import asyncio
import os

import pytest

from tests.oneshot.conftest import Runs, World


async def test_what_is_granted_can_be_written(runs: Runs, world: World) -> None:
    assert (await runs.sh("echo new >file && mv file other")).outcome.status == 0
    assert world.read("other") == "new\n"


async def test_what_is_not_granted_can_be_neither_read_nor_written(runs: Runs, world: World) -> None:
    result = await runs.sh(f"cat {world.secret} || echo x >>{world.secret} || cat work/../outside/secret")
    assert result.outcome.status != 0
    assert result.text() == b""
    assert world.read(world.secret) == "the secret"


async def test_a_written_program_runs_only_where_that_was_granted(runs: Runs, world: World) -> None:
    world.put("tool", "#!/bin/sh\necho ran\n", 0o755)
    assert (await runs.sh("./tool")).outcome.status == 126
    assert (await runs.sh("./tool", grants={"run": (world.work,)})).text() == b"ran\n"
    assert (await runs("tool", env={"PATH": world.work}, grants={"run": (world.work,)})).text() == b"ran\n"


async def test_a_program_that_was_granted_may_be_read_and_not_changed(runs: Runs, world: World) -> None:
    grants = {"run": (os.path.dirname(world.secret),)}
    assert (await runs("cat", world.secret, grants=grants)).text() == b"the secret"
    assert (await runs.sh(f"echo x >>{world.secret}", grants=grants)).outcome.status != 0


async def test_a_jail_made_ahead_serves_only_orders_that_grant_the_same(runs: Runs, world: World) -> None:
    wide = {"read": (os.path.dirname(world.secret),)}
    for _ in range(4):
        assert (await runs("cat", world.secret, grants=wide)).text() == b"the secret"
        assert (await runs("cat", world.secret)).text() == b""


async def test_a_folder_put_in_anothers_place_is_the_one_that_is_granted(runs: Runs, world: World) -> None:
    assert (await runs.sh("echo 1 >a")).outcome.status == 0
    os.rename(world.work, f"{world.root}/old")
    os.mkdir(world.work)
    os.chmod(world.work, 0o777)
    assert (await runs.sh("echo 2 >b")).outcome.status == 0
    assert sorted(os.listdir(world.work)) == ["b"]


@pytest.mark.parametrize("attempt", ["exec 3<>/dev/tty", "exec 3<>/dev/ptmx"])
async def test_there_is_no_terminal(attempt: str, runs: Runs) -> None:
    assert (await runs.sh(attempt)).outcome.status != 0


async def test_nothing_can_be_typed_into_a_terminal(runs: Runs) -> None:
    script = "import errno, fcntl\ntry: fcntl.ioctl(0, 0x5412, b'x')\nexcept OSError as e: print(errno.errorcode[e.errno])"
    assert (await runs.python(script)).text() == b"EPERM\n"


@pytest.mark.parametrize("call", ["os.setsid()", "os.setpgid(0, 0)", "socket.socket()", "os.unshare"])
async def test_nothing_leaves_its_group_or_reaches_the_network(call: str, runs: Runs) -> None:
    if call == "os.unshare":
        call = "ctypes.CDLL(None, use_errno=True).unshare(0x10000000) == -1 and os.kill(1, 0)"
    script = (
        f"import ctypes, os, socket\nif os.fork() == 0:\n try: {call}\n except OSError as e: print(e.errno)"
    )
    assert (await runs.python(script + "\nelse: os.wait()")).text() in {b"1\n", b"3\n"}


async def test_other_processes_cannot_be_signalled(runs: Runs) -> None:
    assert (await runs.sh(f"kill -0 {os.getpid()} || kill -0 {runs.runner.zygote_pid}")).outcome.status != 0
    sleeper = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        assert (await runs.sh(f"kill {sleeper.pid}; kill -- -1")).outcome.stopped == ""
        assert sleeper.returncode is None
    finally:
        sleeper.kill()
        await sleeper.wait()
