"""Frames survive any cutting of the stream; what is no frame is refused, not guessed at."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syscalls import wire
from syscalls.errors import WireError
from syscalls.labels import STDIN
from syscalls.undo import Change, Plan, Print, Step

STEP = Step(
    "restore", "/w/a", blob="ab" * 32, mode=0o644, xattrs={"user.x": b"\0\xff"}, expect=Print("file", 3, 4, 5)
)
REQUESTS: list[wire.Request] = [
    wire.Call(1, "file.read", {"path": "/w/ä", "lines": None, "paths": ["/w/a"]}),
    wire.Commit(2),
    wire.Abort(3),
    wire.Describe(4),
]
RESPONSES: list[wire.Response] = [
    wire.Ok(1, msgspec.Raw(msgspec.msgpack.encode({"path": "a"})), STDIN, (STEP,)),
    wire.Fail(2, WireError(2, "no 'a' here")),
    wire.Planned(3, Plan((Change("moved", "a", "b", 7),), (STEP,), "--- a\n")),
    wire.Described(4, {"name": "weather", "calls": []}),
]


def bodies(stream: bytes, cuts: list[int]) -> list[bytes]:
    unframer = wire.Unframer()
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [body for at, end in pairwise(edges) for body in unframer.feed(stream[at:end])]


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_requests_come_out_as_they_went_in_however_the_stream_is_cut(cuts: list[int]) -> None:
    stream = b"".join(map(wire.encode, REQUESTS))
    assert [wire.requests.decode(body) for body in bodies(stream, cuts)] == REQUESTS


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_responses_come_out_as_they_went_in_however_the_stream_is_cut(cuts: list[int]) -> None:
    stream = b"".join(map(wire.encode, RESPONSES))
    found = [wire.responses.decode(body) for body in bodies(stream, cuts)]
    assert list(map(wire.encode, found)) == list(map(wire.encode, RESPONSES))


def test_a_stream_of_single_bytes_is_enough() -> None:
    stream = b"".join(map(wire.encode, REQUESTS))
    assert len(bodies(stream, list(range(len(stream))))) == len(REQUESTS)


def test_half_a_frame_is_no_frame_yet() -> None:
    unframer = wire.Unframer()
    frame = wire.encode(wire.Commit(2))
    assert list(unframer.feed(frame[:-1])) == []
    assert list(unframer.feed(frame[-1:])) == [frame[4:]]


def test_a_frame_that_claims_too_many_bytes_is_refused_before_they_come() -> None:
    with pytest.raises(ValueError, match="exceeds 67108864"):
        list(wire.Unframer().feed((wire.MAX_FRAME_BYTES + 1).to_bytes(4, "big")))


def test_the_frames_before_an_oversized_one_are_still_given_out() -> None:
    feed = wire.Unframer().feed(wire.encode(wire.Commit(2)) + b"\xff\xff\xff\xff")
    assert wire.requests.decode(next(feed)) == wire.Commit(2)
    with pytest.raises(ValueError, match="exceeds"):
        next(feed)


def test_a_frame_too_large_to_be_read_is_not_written_either() -> None:
    with pytest.raises(ValueError, match="exceeds 67108864"):
        wire.encode(wire.Call(1, "file.write", {"content": "x" * wire.MAX_FRAME_BYTES}))


@given(st.binary(max_size=200))
def test_garbage_is_refused_as_a_frame_and_never_taken_for_one(garbage: bytes) -> None:
    for decoder in (wire.requests, wire.responses):
        try:
            decoded = decoder.decode(garbage)
        except msgspec.DecodeError:
            continue
        assert list(wire.Unframer().feed(wire.encode(decoded)))


@pytest.mark.parametrize(
    "body",
    [
        ["call", 1, "file.read"],
        ["call", "1", "file.read", {}],
        ["commit"],
        ["launch", 1],
        ["ok", 1],
        {},
        7,
        None,
    ],
)
def test_a_frame_with_a_part_missing_or_of_another_type_does_not_decode(body: object) -> None:
    with pytest.raises(msgspec.DecodeError):
        wire.requests.decode(msgspec.msgpack.encode(body))


@given(st.binary(max_size=2_000), st.lists(st.integers(0, 10_000), max_size=10))
def test_the_unframer_gives_back_garbage_in_pieces_or_refuses_and_does_nothing_else(
    garbage: bytes, cuts: list[int]
) -> None:
    try:
        found = bodies(garbage, cuts)
    except ValueError:
        return
    rebuilt = b"".join(len(body).to_bytes(4, "big") + body for body in found)
    assert garbage.startswith(rebuilt)
