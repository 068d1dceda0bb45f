"""A program is run once: its output is heard as it comes, its end is told as it was."""

import asyncio
import sys
from pathlib import Path

import pytest

from kernel.oneshot.port import Order, Stream
from syscalls.errors import DriverDied
from tests.oneshot.conftest import PATIENCE_S, Runs, World


async def test_a_program_ends_with_its_own_status(runs: Runs) -> None:
    assert (await runs("true")).outcome.status == 0
    assert (await runs.sh("exit 7")).outcome.status == 7
    assert (await runs.sh("kill -USR1 $$")).outcome.status == -10
    assert (await runs("true")).outcome.stopped == ""


async def test_both_streams_are_heard_byte_for_byte(runs: Runs) -> None:
    result = await runs.sh(r"printf '\000\377\033[2J\n'; echo oops >&2")
    assert result.text() == b"\x00\xff\x1b[2J\n"
    assert result.text("stderr") == b"oops\n"
    assert (result.outcome.stdout_bytes, result.outcome.stderr_bytes) == (7, 5)
    assert not result.outcome.is_cut


async def test_output_is_heard_while_the_program_runs(runs: Runs, world: World) -> None:
    heard = asyncio.Event()

    def hear(stream: Stream, chunk: bytes) -> None:
        if not heard.is_set():
            Path(world.work, "go").touch()
        heard.set()

    script = "echo first; until [ -e go ]; do sleep 0.01; done; echo second"
    async with asyncio.timeout(PATIENCE_S):
        outcome = await runs.runner.run(world.order("sh", "-c", script), hear)
    assert outcome.stdout_bytes == len("first\nsecond\n")


@pytest.mark.parametrize("size", [1, 3_000_000])
async def test_input_of_any_size_arrives_whole(size: int, runs: Runs) -> None:
    assert (await runs("wc", "-c", stdin=b"x" * size)).text().strip() == str(size).encode()


async def test_input_that_is_not_read_holds_nothing_up(runs: Runs) -> None:
    assert (await runs("true", stdin=b"x" * 3_000_000)).outcome.status == 0


async def test_without_input_there_is_an_end_at_once(runs: Runs) -> None:
    assert (await runs("cat")).outcome.status == 0


async def test_a_program_that_closes_its_output_early_runs_on(runs: Runs, world: World) -> None:
    result = await runs.sh("exec >&- 2>&-; sleep 0.05; : >done; exit 4")
    assert result.outcome.status == 4
    assert world.read("done") == ""


async def test_nothing_of_our_environment_is_inherited(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    said = (await runs("env", env={"TZ": "UTC"})).text().decode().splitlines()
    assert sorted(line.partition("=")[0] for line in said) == ["HOME", "LANG", "PATH", "TZ"]


async def test_only_the_three_streams_are_open(runs: Runs) -> None:
    script = "import os\nfor n in range(3, 256):\n try: os.fstat(n); print(n)\n except OSError: pass"
    assert (await runs.python(script)).text() == b""


async def test_a_program_starts_with_every_signal_as_usual(runs: Runs) -> None:
    script = (
        "import signal as s\nfor n in s.valid_signals():\n"
        " if s.getsignal(n) is s.SIG_IGN: print(n)\nprint(s.pthread_sigmask(s.SIG_BLOCK, []))"
    )
    said = (await runs.python(script)).text().decode().split("\n")
    assert said == [str(13), str(25), "set()", ""]  # the two that Python itself ignores
    assert (await runs.sh("yes | head -1; echo end")).text() == b"y\nend\n"


async def test_it_runs_where_it_is_told(runs: Runs, world: World) -> None:
    assert (await runs("pwd")).text().decode().strip() == world.work


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ("no-such-program", (127, "no-such-program: No such file or directory\n")),
        ("./plain", (126, "./plain: Permission denied\n")),
        ("plain", (127, "plain: No such file or directory\n")),
    ],
)
async def test_what_cannot_be_started_is_told_as_a_shell_tells_it(
    argv: str, said: tuple[int, str], runs: Runs, world: World
) -> None:
    world.put("plain", "no program")
    result = await runs(argv)
    assert (result.outcome.status, result.text("stderr").decode()) == said


async def test_a_folder_that_is_gone_is_told_likewise(runs: Runs, world: World) -> None:
    result = await runs("true", cwd=f"{world.work}/gone")
    assert result.outcome.status == 127
    assert b"gone: No such file" in result.text("stderr")


async def test_an_order_needs_a_jail_that_may_run_programs(runs: Runs) -> None:
    with pytest.raises(DriverDied, match="execute=True"):
        await runs("true", grants={"execute": False})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"argv": ()}, "must name a program"),
        ({"argv": ("a\0b",)}, "NUL"),
        ({"cwd": "here"}, "absolute"),
        ({"timeout_s": 0.0}, "timeout_s"),
        ({"process_count": -1}, "process_count"),
    ],
)
def test_an_impossible_order_cannot_be_made(wrong: dict[str, object], words: str, world: World) -> None:
    with pytest.raises(ValueError, match=words):
        Order(**({"argv": ("true",), "cwd": "/", "spec": world.spec()} | wrong))  # type: ignore[arg-type]


async def test_many_at_once_do_not_mix(runs: Runs) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(runs.sh(f"echo {n}; exit {n}")) for n in range(12)]
    for number, task in enumerate(tasks):
        assert task.result().text() == f"{number}\n".encode()
        assert task.result().outcome.status == number


async def test_what_a_listener_raises_ends_the_run_and_is_raised(runs: Runs, world: World) -> None:
    def hear(stream: Stream, chunk: bytes) -> None:
        raise ZeroDivisionError

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(ZeroDivisionError):
            await runs.runner.run(world.order("sh", "-c", "echo x; sleep 60"), hear)


async def test_the_interpreter_runs_too(runs: Runs) -> None:
    if runs.world.uid is not None:
        pytest.skip("another user may not reach the interpreter of the tests")
    assert (await runs(sys.executable, "-I", "-S", "-c", "print(6 * 7)")).text() == b"42\n"
