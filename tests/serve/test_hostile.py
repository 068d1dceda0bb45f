"""Whoever talks to the service badly harms only themselves; whoever is not its user is not heard at all."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from apps.shell.exit_codes import Exit
from apps.shell.service import messages
from apps.shell.service.place import Unsafe, check_folder
from kernel.version import VERSION
from syscalls.wire import MAX_FRAME_BYTES
from tests.e2e.program import Program, ended
from tests.serve.serving import Serving, Talk

SLEEP = "!sleep 60"


def ask(serving: Serving, words: str, **changed: object) -> messages.Ask:
    """A request as `aosh -p` sends it."""
    wanted = messages.Wanted(
        cwd=str(serving.aosh.workspace), mode="accept-edits", search=tuple(os.environ["PATH"].split(":"))
    )
    return messages.Ask(wanted=msgspec.structs.replace(wanted, **changed), prompt=words, words=words)


def greeted(serving: Serving) -> Talk:
    talk = serving.connect()
    talk.send(messages.Hello(VERSION, serving.place()))
    assert isinstance(talk.next(), messages.Welcome)
    return talk


def still_serves(serving: Serving) -> bool:
    with greeted(serving) as talk:
        talk.send(ask(serving, ":file.read a.txt"))
        end = talk.rest()[-1]
    return isinstance(end, messages.Finished) and end.done.answer == "hello\nworld\n"


def test_its_socket_and_folder_are_for_its_user_alone(shared: Serving) -> None:
    assert stat.S_IMODE(shared.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(shared.path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_the_service_answers_only_its_own_user(serving: Serving) -> None:
    serving.path.chmod(0o666)
    for folder in (serving.path.parent, *serving.path.parent.parents):
        if folder != Path("/") and folder.stat().st_uid == os.getuid() and folder.is_relative_to("/tmp"):
            folder.chmod(0o755 if folder != Path("/tmp") else 0o1777)
    script = (
        "import os, socket, sys\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "s.connect(sys.argv[1])\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "t = socket.socket(socket.AF_UNIX)\n"
        "t.connect(sys.argv[1])\n"
        "t.settimeout(10)\n"
        "try:\n"
        " t.sendall(bytes.fromhex(sys.argv[2]))\n"
        " print(len(t.recv(10)))\n"
        "except ConnectionError: print(0)\n"
    )
    hello = messages.frame(messages.Hello(VERSION)).hex()
    done = subprocess.run(
        [sys.executable, "-c", script, str(serving.path), hello],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert done.stdout == "0\n", "it hung up without a word"
    serving.until_said("belongs to user 65534")
    serving.path.chmod(0o600)
    serving.path.parent.chmod(0o700)
    assert still_serves(serving)


@pytest.mark.parametrize(
    "sent",
    [
        b"\xff" * 64,
        b"GET / HTTP/1.1\r\n\r\n",
        (MAX_FRAME_BYTES + 1).to_bytes(4, "big"),
        (5).to_bytes(4, "big") + b"\xc1\xc1\xc1\xc1\xc1",
        messages.frame(messages.Cancel()),
        messages.frame(messages.Hello(VERSION))[:-3],
        b"\x00",
        b"",
    ],
    ids=["noise", "http", "huge", "no-msgpack", "wrong-frame", "half", "a-byte", "nothing"],
)
def test_garbage_ends_only_its_own_connection(shared: Serving, sent: bytes) -> None:
    with shared.connect() as talk:
        talk.sock.sendall(sent)
        talk.sock.shutdown(socket.SHUT_WR)
        assert talk.rest() == []
    assert still_serves(shared)


def test_garbage_after_the_greeting_likewise(shared: Serving) -> None:
    with greeted(shared) as talk:
        talk.sock.sendall(b"\xff" * 4096)
        assert talk.rest() == []
    with greeted(shared) as talk:
        talk.send(ask(shared, SLEEP))
        assert isinstance(talk.next(), messages.Begun)
        talk.sock.sendall(b"\xff" * 4096)
        assert isinstance(talk.rest()[-1], messages.Canceled)
    assert still_serves(shared)


def test_another_version_is_told_so_and_starts_alone(shared: Serving) -> None:
    with shared.connect() as talk:
        talk.send(messages.Hello("0.0.1", shared.place()))
        refused = talk.next()
    assert isinstance(refused, messages.Refused) and refused.is_told
    assert "0.0.1" in refused.reason and VERSION in refused.reason
    with shared.connect() as talk:
        talk.send(messages.Hello(VERSION, shared.place(), protocol=99))
        assert isinstance(talk.next(), messages.Refused)


@pytest.mark.parametrize("field", ["umask", "gid", "home", "mind", "folders", "identity"])
def test_a_shell_that_stands_elsewhere_is_not_served(shared: Serving, field: str) -> None:
    other = {"umask": 0o777, "gid": 4242, "home": "/other", "mind": "none", "folders": (), "identity": (1, 1)}
    place = msgspec.structs.replace(shared.place(), **{field: other[field]})
    with shared.connect() as talk:
        talk.send(messages.Hello(VERSION, place))
        assert isinstance(talk.next(), messages.Refused)


@pytest.mark.parametrize(
    "changed",
    [{"cwd": "/etc"}, {"mode": "everything"}, {"hosts": ("127.0.0.1",)}, {"extra": ("/",)}, {"max_turns": 0}],
    ids=lambda changed: next(iter(changed)),
)
def test_settings_are_checked_as_on_a_command_line(shared: Serving, changed: dict[str, object]) -> None:
    with greeted(shared) as talk:
        talk.send(ask(shared, ":file.read a.txt", **changed))
        (failed,) = talk.rest()
        assert isinstance(failed, messages.Failed)
        assert failed.code == Exit.CONFIG


def test_a_shell_gets_no_more_than_its_own_settings_allow(serving: Serving) -> None:
    aosh = serving.aosh
    other = aosh.base / "other"
    other.mkdir()
    other.joinpath("b.txt").write_text("there\n", encoding="utf-8")
    assert aosh.run("--add-dir", str(other), "-p", f":file.read {other}/b.txt").out == "there\n"
    assert aosh.run("-C", str(other), "-p", ":file.read b.txt").out == "there\n"
    assert aosh(f":file.read {other}/b.txt").code == Exit.DENIED, "no grant of another shell is left behind"
    assert aosh.run("--permission-mode", "plan", "-p", ":file.mkdir x").code == Exit.DENIED
    assert aosh.run("--yes", "-p", ":file.delete a.txt").code == Exit.DONE
    assert aosh.run("-p", ":file.delete ../other/b.txt").code == Exit.DENIED
    assert other.joinpath("b.txt").exists()
    assert serving.state()["served"] == 6


def test_the_folder_of_the_socket_must_be_nobody_elses(aosh: Program, tmp_path: Path) -> None:
    run = tmp_path / "home/run"
    run.mkdir(parents=True)
    run.chmod(0o777)
    refused = aosh.run("serve")
    assert (refused.code, "open to others (mode 777)" in refused.err) == (1, True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    run.rmdir()
    run.symlink_to(elsewhere)
    assert "not a link" in aosh.run("serve").err
    with pytest.raises(Unsafe, match="No such file"):
        check_folder(tmp_path / "missing")


def test_a_shell_does_not_use_a_socket_that_others_could_have_put_there(serving: Serving) -> None:
    serving.path.parent.chmod(0o777)
    ran = serving.aosh(":file.read a.txt")
    assert (ran.code, ran.out) == (0, "hello\nworld\n")
    assert "open to others" in ran.err and "not used" in ran.err
    serving.path.parent.chmod(0o700)
    assert serving.state()["served"] == 0


def test_two_do_not_serve_at_once_and_the_second_says_who_does(shared: Serving) -> None:
    second = shared.aosh.run("serve")
    assert (second.code, second.err) == (
        1, f"aosh: a service runs already (pid {shared.process.pid}); `aosh serve stop` ends it\n",
    )  # fmt: skip
    assert still_serves(shared)


def test_a_socket_left_behind_stops_nobody(aosh: Program) -> None:
    with Serving(aosh) as killed:
        killed.process.kill()
        killed.process.wait(10)
        assert killed.path.exists()
        assert aosh(":file.read a.txt").out == "hello\nworld\n", "a shell starts alone"
        assert aosh.run("serve", "status").code == 1
        with Serving(aosh) as again:
            assert still_serves(again)


def test_a_service_killed_in_a_turn_is_told_and_its_effect_rolled_back(serving: Serving) -> None:
    aosh = serving.aosh
    with aosh.start("-p", SLEEP) as waiting:
        serving.until_sessions(1)
        serving.process.kill()
        ran = ended(waiting)
    assert ran.code == Exit.FATAL
    assert "the service ended before it answered" in ran.err
    assert aosh(":file.read a.txt").out == "hello\nworld\n"


def test_a_shell_that_vanishes_takes_its_turn_with_it_and_no_other(shared: Serving) -> None:
    aosh = shared.aosh
    with aosh.start("-p", SLEEP) as one, aosh.start("-p", SLEEP) as other:
        shared.until_sessions(2)
        one.kill()
        shared.until_sessions(1)
        other.send_signal(signal.SIGINT)
        assert ended(other).code == Exit.SIGINT
    shared.until_sessions(0)
    assert still_serves(shared)


def test_two_shells_stop_their_own_turns_at_once(shared: Serving) -> None:
    aosh = shared.aosh
    with (
        aosh.start("--output-format", "stream-json", "-p", SLEEP) as one,
        aosh.start("--output-format", "stream-json", "-p", SLEEP) as two,
        aosh.start("-p", "!sleep 3") as rest,
    ):
        shared.until_sessions(3)
        one.send_signal(signal.SIGINT)
        two.send_signal(signal.SIGTERM)
        first, second = ended(one), ended(two)
        assert (first.code, second.code) == (Exit.SIGINT, Exit.SIGTERM)
        for ran in (first, second):
            assert [event["type"] for event in ran.events].count("result") == 1
            assert ran.events[-1]["subtype"] == "interrupted"
        assert ended(rest).code == 0, "the third goes on to its end"


def test_a_stopped_service_ends_its_turns_in_good_order(serving: Serving) -> None:
    aosh = serving.aosh
    with aosh.start("-p", SLEEP) as waiting:
        serving.until_sessions(1)
        assert aosh.run("serve", "stop").code == 0
        ran = ended(waiting)
    assert (ran.code, "the service was stopped" in ran.err) == (Exit.FATAL, True)
    assert serving.process.wait(10) == 0
    assert not serving.path.exists()
    assert aosh.run("serve", "stop").code == 1


def test_a_kept_session_is_gone_on_with(shared: Serving) -> None:
    aosh = shared.aosh
    folder = aosh.base / "kept"
    folder.mkdir()
    folder.joinpath("one.log").write_text("1\n", encoding="utf-8")
    first = aosh.run("-C", str(folder), "--output-format", "json", "-p", "find the log files")
    (result,) = first.events
    assert result["exit_code"] == 0
    again = aosh.run("-C", str(folder), "-c", "--yes", "--output-format", "json", "-p", "delete them")
    assert again.events[0]["session_id"] == result["session_id"], again
    assert again.code == 0, again
    assert not folder.joinpath("one.log").exists(), "they are what it had found"
    alone = aosh.run("-C", str(folder), "--yes", "-p", "delete them")
    assert alone.code != 0, "a new session has found nothing"
    by_id = aosh.run("-C", str(folder), "-r", result["session_id"], "-p", ":file.list")
    assert by_id.code == 0


def test_coming_back_gives_no_more_than_starting_anew(shared: Serving) -> None:
    aosh = shared.aosh
    folder = aosh.base / "narrow"
    folder.mkdir()
    folder.joinpath("x.txt").write_text("x\n", encoding="utf-8")
    opened = aosh.run(
        "-C", str(folder), "--permission-mode", "auto-safe", "--output-format", "json", "-p", ":file.list"
    )
    id_ = opened.events[0]["session_id"]
    other = aosh.run("-C", str(folder), "-r", id_, "-p", ":file.delete x.txt")
    assert (other.code, "opened with other settings" in other.err) == (1, True)
    assert folder.joinpath("x.txt").exists()
    assert "is kept" in aosh.run("-r", "0123456789ab", "-p", ":file.list").err


def test_without_a_service_there_is_nothing_to_go_on_with(aosh: Program) -> None:
    ran = aosh.run("-c", "-p", ":file.list")
    assert (ran.code, "expected `aosh serve` to run" in ran.err) == (Exit.INPUT, True)
