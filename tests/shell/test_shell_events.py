import asyncio
import io
import json
import os
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from apps.shell.console.emitters import Collector, FinalObject, JsonLines, Silent, encode
from apps.shell.events import (
    EVENTS,
    Emitter,
    Init,
    Message,
    PolicyDecision,
    Result,
    Stream,
    SyscallCompleted,
    SyscallRequested,
    TurnStarted,
    schema,
)
from apps.shell.render import escape
from syscalls.errors import MindFailed
from tests.shell.samples import Check

INIT = Init(
    version="0.1", cwd="/w", mind="scripted", permission_mode="ask", jail="L", syscalls=("file.read",)
)


def ticking() -> Callable[[], float]:
    times = iter(range(1_000, 100_000))
    return lambda: float(next(times))


def stream_to(emitter: Emitter) -> Stream:
    return Stream(emitter, "s1", ticking(), INIT)


def test_a_session_is_recorded_line_by_line(snapshot: Check) -> None:
    out = io.BytesIO()
    with stream_to(JsonLines(out)) as stream:
        stream.turn("1")
        stream.emit(TurnStarted(request="delete a.txt"))
        stream.emit(SyscallRequested(id="c1", name="file.delete", args={"paths": ["a.txt"]}, confidence=0.9))
        stream.emit(PolicyDecision(id="c1", decision="allow", rule="auto-safe", reason="it can be undone"))
        stream.emit(
            SyscallCompleted(
                id="c1", name="file.delete", status="ok", seconds=0.25, value={"changes": []},
                effects=("removed a.txt",), undo_token="c1",
            )
        )  # fmt: skip
        stream.emit(Message(delta="done"))
        stream.turn("")
        stream.emit(Result(subtype="success", is_error=False, result="done"))
    snapshot("events.jsonl", out.getvalue().decode())


def test_the_published_schema_accepts_every_event_and_is_as_recorded(snapshot: Check) -> None:
    snapshot("events.schema.json", json.dumps(schema(), indent=2) + "\n")
    validator = Draft202012Validator(schema())
    collected = Collector()
    with stream_to(collected) as stream:
        stream.emit(TurnStarted(request="x"))
        stream.emit(Message(delta="y"))
        stream.emit(Result(subtype="success", is_error=False))
    for event in collected.events:
        validator.validate(json.loads(encode(event)))
    assert not validator.is_valid({"type": "no.such.event", "v": 1})
    assert {kind.__struct_config__.tag for kind in EVENTS} <= set(
        json.dumps(schema()).replace('"', " ").split()
    )


def test_numbers_run_without_gaps_and_the_header_is_stamped() -> None:
    collected = Collector()
    with stream_to(collected) as stream:
        stream.turn("t7")
        stream.emit(Message(delta="a"))
        stream.emit(Result(subtype="success", is_error=False))
    assert [event.seq for event in collected.events] == [0, 1, 2]
    assert [event.turn_id for event in collected.events] == ["", "t7", "t7"]
    assert {event.session_id for event in collected.events} == {"s1"}
    assert all(event.ts >= 1_000 for event in collected.events)


@pytest.mark.parametrize(
    ("error", "subtype", "exit_code"),
    [
        (ValueError("boom"), "crash", 1),
        (KeyboardInterrupt(), "interrupted", 130),
        (asyncio.CancelledError(), "interrupted", 130),
        (TimeoutError(), "timeout", 124),
        (MindFailed("gone"), "error", 1),
    ],
)
def test_a_session_that_breaks_still_ends_with_one_result(
    error: BaseException, subtype: str, exit_code: int
) -> None:
    collected = Collector()
    with pytest.raises(type(error)), stream_to(collected) as stream:
        stream.emit(
            SyscallCompleted(id="1", name="file.write", status="ok", seconds=1, effects=("created x",))
        )
        stream.emit(SyscallCompleted(id="2", name="file.delete", status="denied", seconds=1))
        raise error
    last = collected.events[-1]
    assert isinstance(last, Result) and last.is_error
    assert (last.subtype, last.exit_code) == (subtype, exit_code)
    assert last.effects == ("created x",)
    assert last.permission_denials == ("file.delete",)
    assert last.usage.calls == 2
    assert sum(isinstance(event, Result) for event in collected.events) == 1


def test_leaving_without_a_result_is_an_error_result() -> None:
    collected = Collector()
    with stream_to(collected):
        pass
    assert [type(event) for event in collected.events] == [Init, Result]


def test_nothing_follows_the_result_and_init_comes_once() -> None:
    collected = Collector()
    with stream_to(collected) as stream:
        with pytest.raises(RuntimeError):
            stream.emit(INIT)
        stream.emit(Result(subtype="success", is_error=False))
        with pytest.raises(RuntimeError):
            stream.emit(Message(delta="late"))
        with pytest.raises(RuntimeError):
            stream.emit(Result(subtype="success", is_error=False))
    assert [type(event) for event in collected.events] == [Init, Result]


def test_json_output_is_the_result_alone() -> None:
    out = io.BytesIO()
    with stream_to(FinalObject(out)) as stream:
        stream.emit(Message(delta="x"))
        stream.emit(Result(subtype="success", is_error=False, result="x"))
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["type"] == "result"


def test_text_output_emits_nothing() -> None:
    with stream_to(Silent()) as stream:
        stream.emit(Message(delta="x"))


def test_a_reader_that_goes_away_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "wb") as out:
        lines = JsonLines(out)
        with stream_to(lines) as stream:
            stream.emit(Message(delta="x" * 100_000))
        assert lines.is_broken


@given(st.text())
def test_any_text_becomes_one_inert_line_with_the_same_meaning(text: str) -> None:
    encoded = encode(Message(delta=text))
    assert encoded.count(b"\n") == 1 and encoded.endswith(b"\n")
    line = encoded.decode().removesuffix("\n")
    assert escape.line(line) == line
    assert json.loads(line)["delta"] == text


def test_lone_surrogates_survive() -> None:
    assert json.loads(encode(Message(delta="a\udc80")))["delta"] == "a\udc80"


def test_every_event_type_has_its_own_tag() -> None:
    assert len({kind.__struct_config__.tag for kind in EVENTS}) == len(EVENTS)
    assert all(issubclass(kind, msgspec.Struct) for kind in EVENTS)
