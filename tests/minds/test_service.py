"""The warm mind process: one a user, private, jailed, and never a reason for a request to be lost."""

import asyncio
import json
import os
import platform
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from kernel.minds.needle import weights
from kernel.minds.needle.mind import NeedleMind
from kernel.minds.needle.service import Service, check_peer
from syscalls import file
from syscalls.errors import MindFailed
from tests.tiers import best

pytestmark = pytest.mark.engine

PATIENCE_S = 10
MENU = json.dumps(
    [
        {
            "name": "read_file",
            "description": "Show the content of a file.",
            "parameters": {
                "type": "object",
                "properties": {"path": {"type": "string"}},
                "required": ["path"],
            },
        }
    ]
)


def needs_engine() -> None:
    if platform.machine() not in weights.LIBRARY_SHA256:
        pytest.skip("no engine for this machine")


async def stopped(folder: Path) -> None:
    service = Service(folder, best())
    await service.stop()
    await service.close()


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a mind process that these tests share."""
    needs_engine()
    folder = tmp_path_factory.mktemp("warm") / "runtime"
    yield folder
    asyncio.run(stopped(folder))


@pytest.fixture
async def service(warm: Path) -> AsyncIterator[Service]:
    made = Service(warm, best())
    yield made
    await made.close()


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """The folder of a mind process of one's own."""
    needs_engine()
    yield tmp_path / "runtime"
    await stopped(tmp_path / "runtime")


def the_socket(folder: Path) -> Path:
    (found,) = folder.glob("*.sock")
    return found


async def test_two_clients_at_once_start_one_process(warm: Path) -> None:
    one, two = Service(warm, best()), Service(warm, best())
    assert not one.is_running()
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        states = [group.create_task(each.state()) for each in (one, two)]
    assert one.is_running()
    assert states[0].result()["pid"] == states[1].result()["pid"] != os.getpid()
    await one.close()
    await two.close()


async def test_started_ahead_it_has_a_menu_when_the_first_question_comes(folder: Path) -> None:
    service = Service(folder, best())
    service.start((MENU,))
    assert (await service.state())["menus"] == 1
    before = (await service.state())["pid"]
    service.start((MENU,))
    assert (await service.state())["pid"] == before
    await service.close()


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        ("list the files here", False),
        ("set an alarm for 7 am", False),
        ("find where FIXME is written", True),
    ],
)
async def test_only_words_in_doubt_start_it_ahead(folder: Path, words: str, starts: bool) -> None:
    service = Service(folder, best())
    NeedleMind(service).prepare(words, file.CALLS)
    assert service.is_running() is starts


async def test_it_turns_a_request_into_a_call(service: Service) -> None:
    async with asyncio.timeout(PATIENCE_S):
        envelope = await service.complete(MENU, "show me notes.txt")
    assert envelope["seconds"] > 0
    calls = envelope["function_calls"] or envelope["suppressed_calls"]
    assert calls[0]["name"] == "read_file"


async def test_its_socket_is_its_users_alone(service: Service, warm: Path) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await service.state()
    assert mode_of(the_socket(warm)) == 0o600
    assert mode_of(warm) == 0o700


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_it_is_jailed_without_a_network_and_with_telemetry_off(service: Service) -> None:
    async with asyncio.timeout(PATIENCE_S):
        pid = (await service.state())["pid"]
    status = proc(pid, "status")
    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status
    environment = proc(pid, "environ").split("\0")
    assert {"NEEDLE_TELEMETRY=0", "DO_NOT_TRACK=1"} <= set(environment)
    kinds = {each.family for each in psutil.Process(pid).net_connections("all")}
    assert kinds <= {socket.AF_UNIX}


def proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text("utf-8")


GARBAGE = (
    b"\xff" * 64,
    b"GET / HTTP/1.1\r\n\r\n",
    b"\0\0\0\1\xc1",
    b"\0\0\0\3abc",
    b"\0",
    b"\0\0\0\5\x85\xa4type",
)


async def test_garbage_on_its_socket_does_not_end_it(service: Service, warm: Path) -> None:
    async with asyncio.timeout(PATIENCE_S):
        pid = (await service.state())["pid"]
        for garbage in GARBAGE:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(the_socket(warm)))
                client.sendall(garbage)
        assert (await service.state())["pid"] == pid


async def test_killed_in_the_middle_of_a_turn_it_is_started_again_and_answers(folder: Path) -> None:
    service = Service(folder, best())
    async with asyncio.timeout(2 * PATIENCE_S), asyncio.TaskGroup() as group:
        first = (await service.state())["pid"]
        turn = group.create_task(service.complete(MENU, "show me notes.txt"))
        await asyncio.sleep(0.05)
        os.kill(first, signal.SIGKILL)
    assert turn.result()["seconds"] > 0
    assert (await service.state())["pid"] != first
    await service.close()


async def test_it_ends_when_nobody_needed_it_for_long_enough(folder: Path) -> None:
    service = Service(folder, best(), idle_s=0.1)
    async with asyncio.timeout(PATIENCE_S):
        pid = (await service.state())["pid"]
        await service.close()
        await asyncio.to_thread(psutil.Process(pid).wait, PATIENCE_S)
    assert not service.is_running()
    assert not await service.stop()


def test_a_mind_process_of_another_user_is_not_talked_to(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can pretend to be another user")
    with socket.socket(socket.AF_UNIX) as theirs, socket.socket(socket.AF_UNIX) as ours:
        theirs.bind(str(tmp_path / "sock"))
        os.seteuid(65534)
        try:
            theirs.listen()
        finally:
            os.seteuid(0)
        ours.connect(str(tmp_path / "sock"))
        with pytest.raises(MindFailed, match=r"belongs to user 65534, not to you \(0\); it is not used"):
            check_peer(ours)


def test_ones_own_mind_process_is_talked_to() -> None:
    here, there = socket.socketpair()
    with here, there:
        check_peer(here)
