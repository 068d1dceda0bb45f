"""What the door promises: wrong apps do not load, bugs do not end a driver, dropped plans leave nothing."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from apps.sdk import App, Context, Effected, Effecting
from apps.serve import load
from syscalls import file, wire
from syscalls.declare import Args, Effect, Hint, Value
from syscalls.errors import BadArgument, DeviceFailed, NotFound, UnknownCall, from_wire
from syscalls.file_values import Changed, Listing, TextOf
from syscalls.undo import Done, Plan
from tests.apps.client import Client, Driver, driver


class Number(Args, frozen=True):
    """A number."""

    n: int


class Result(Value, frozen=True):
    """What came of it."""

    n: int


toy = App("toy", "A toy")


@toy.call(1, effect=Effect.NONE, hints=(Hint(tool="double", says="Double it.", slots={"n": "number"}),))
def double(a: Number) -> Result:
    """Twice the number."""
    return Result(2 * a.n)


@toy.call(2, effect=Effect.NONE)
def stumble(ctx: Context, a: Number) -> Result:
    """A bug when n is 0, a missing file when it is 1."""
    ctx.came_from("/some/where")
    if a.n == 1:
        raise FileNotFoundError(2, "No such file or directory", "a.txt")
    return Result(1 // a.n)


@toy.call(3, effect=Effect.WRITE)
def touch(ctx: Context, a: Number) -> Effecting[Result]:
    """Makes a folder while it is planned, as nobody should, and takes it away when dropped."""
    trace = Path(ctx.grants.home) / f"planned-{a.n}"
    trace.mkdir()
    try:
        yield Plan((), ())
        return Effected(Result(a.n), Done(()))
    finally:
        trace.rmdir()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Driver]:
    with driver("tests.apps.test_sdk:toy", home, stderr=subprocess.PIPE) as started:
        yield started


def test_a_plugin_declares_and_serves_at_once(running: Driver) -> None:
    assert running(double, n=21) == Result(42)
    assert double.name == "toy.double" and double.summary == "Twice the number."


def test_a_manifest_tells_all_the_kernel_needs(running: Driver) -> None:
    answer = running.ask(wire.Describe(7))
    assert isinstance(answer, wire.Described) and answer.id == 7
    calls = {call["name"]: call for call in answer.manifest["calls"]}
    assert list(calls) == ["toy.double", "toy.stumble", "toy.touch"]
    assert calls["toy.double"]["schema"]["properties"]["n"]["type"] == "integer"
    assert calls["toy.double"]["result_schema"]["properties"]["n"]["type"] == "integer"
    assert calls["toy.double"]["hints"][0]["tool"] == "double"
    assert (calls["toy.touch"]["effect"], calls["toy.double"]["label"]) == ("write", "app")
    assert answer.manifest["name"] == "toy"
    msgspec.json.encode(answer.manifest)


def test_a_bug_is_told_and_the_driver_goes_on(running: Driver) -> None:
    with pytest.raises(DeviceFailed, match="bug in the driver: ZeroDivisionError"):
        running(stumble, n=0)
    assert running(double, n=1) == Result(2)


def test_what_the_machine_refuses_is_said_in_words(running: Driver) -> None:
    with pytest.raises(NotFound, match=r"no file or folder 'a.txt'"):
        running(stumble, n=1)


def test_labels_a_handler_adds_arrive(running: Driver) -> None:
    running(stumble, n=2)
    assert [label.source for label in running.labels.items] == ["file:/some/where"]
    assert not running.labels.is_trusted
    running(double, n=2)
    assert running.labels.items == ()


def test_arguments_that_do_not_fit_are_einval(running: Driver) -> None:
    with pytest.raises(BadArgument, match=r"toy.double"):
        running(double, n="x")
    with pytest.raises(BadArgument, match="unknown field"):
        running(double, n=1, m=2)


def test_an_unknown_call_is_enosys(running: Driver) -> None:
    answer = running.ask(wire.Call(1, "toy.fly", {}))
    assert isinstance(answer, wire.Fail) and isinstance(from_wire(answer.error), UnknownCall)


def test_an_effect_waits_for_commit_and_is_forgotten_on_abort(running: Driver, home: Path) -> None:
    identity = running.prepare(touch, n=1)
    assert (home / "planned-1").exists()
    assert running.commit(touch, identity) == Result(1)
    identity = running.prepare(touch, n=2)
    running.abort(identity)
    with pytest.raises(BadArgument, match="nothing is planned"):
        running.commit(touch, identity)
    assert list(home.iterdir()) == []


def test_a_plan_whose_kernel_goes_away_leaves_nothing(tmp_path: Path) -> None:
    with driver("tests.apps.test_sdk:toy", tmp_path) as started:
        started.prepare(touch, n=1)
        started.prepare(touch, n=2)
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []


def test_many_frames_at_once_are_answered_in_order(running: Driver) -> None:
    frames = [wire.encode(wire.Call(i, "toy.double", {"n": i})) for i in range(500)]
    running.channel.sendall(b"".join(frames))
    answers = [running.answer() for _ in frames]
    assert [answer.id for answer in answers] == list(range(500))


def test_what_is_no_frame_ends_the_driver(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="ended with 1"),
        driver("tests.apps.test_sdk:toy", tmp_path, stderr=subprocess.DEVNULL) as started,
    ):
        started.channel.sendall(b"\x00\x00\x00\x03abc")
        with pytest.raises(EOFError):
            started.answer()


def test_an_app_that_owes_a_call_does_not_load() -> None:
    lazy = App("file", "", calls=file.CALLS)
    with pytest.raises(TypeError, match=r"does not serve file\.read"):
        lazy.check()


def test_only_apps_load() -> None:
    with pytest.raises(TypeError, match="is not an"):
        load("tests.apps.test_sdk:double")


def test_a_handler_of_the_wrong_shape_does_not_load() -> None:
    app = App("file", "")

    def wrong_value(ctx: Context, a: file.Read) -> Listing:
        raise NotImplementedError

    def no_annotations(ctx, a):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    def not_a_generator(ctx: Context, a: file.Write) -> Changed:
        raise NotImplementedError

    def a_generator(ctx: Context, a: file.Read) -> Effecting[TextOf]:
        yield Plan((), ())
        raise NotImplementedError

    with pytest.raises(TypeError, match="declared are Read and TextOf"):
        app.serves(file.read)(wrong_value)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must take"):
        app.serves(file.read)(no_annotations)
    with pytest.raises(TypeError, match="yield a Plan"):
        app.serves(file.write)(not_a_generator)
    with pytest.raises(TypeError, match="not be a generator"):
        app.serves(file.read)(a_generator)


def test_numbers_and_names_are_used_once() -> None:
    app = App("twice", "")

    def one(a: Number) -> Result:
        return Result(a.n)

    def two(a: Number) -> Result:
        return Result(a.n)

    app.call(1, effect=Effect.NONE)(one)
    with pytest.raises(ValueError, match="number 1 is taken"):
        app.call(1, effect=Effect.NONE)(two)
    with pytest.raises(ValueError, match="served twice"):
        app.call(2, effect=Effect.NONE)(one)


def test_a_client_that_reads_slowly_gets_every_answer(running: Client) -> None:
    count, answers = 20_000, []
    frames = memoryview(b"".join(wire.encode(wire.Call(i, "toy.double", {"n": i})) for i in range(count)))
    while frames:
        sent = sent_now(running.channel, frames)
        if not sent:  # neither side takes more: only now is an answer read
            answers.append(running.answer().id)
        frames = frames[sent:]
    assert answers, "the driver was never held up, so this shows nothing"
    answers += [running.answer().id for _ in range(count - len(answers))]
    assert answers == list(range(count))


def sent_now(channel: socket.socket, raw: memoryview) -> int:
    """How many bytes the channel took without waiting."""
    patience = channel.gettimeout()
    channel.setblocking(False)
    try:
        return channel.send(raw)
    except BlockingIOError:
        return 0
    finally:
        channel.settimeout(patience)
