"""What the memory's driver and the process of its index say to each other, one msgpack array a packet."""

import msgspec

PACKET_BYTES = 64 * 1024
"""Longer ones are not sent."""


class Question(msgspec.Struct, frozen=True, tag="q", array_like=True):
    """Which records of a group are near?"""

    id: int
    space: str
    kind: str
    vector: bytes
    """float32."""
    count: int


class Changed(msgspec.Struct, frozen=True, tag="c", array_like=True):
    """The truth was changed."""


class HowFar(msgspec.Struct, frozen=True, tag="h", array_like=True):
    """How much is indexed?"""

    id: int


class Ready(msgspec.Struct, frozen=True, tag="r", array_like=True):
    """The index answers from now on."""


class Answer(msgspec.Struct, frozen=True, tag="a", array_like=True):
    """About the nearest; `upto` 0 where the group is not indexed."""

    id: int
    ids: list[int]
    upto: int


class Far(msgspec.Struct, frozen=True, tag="f", array_like=True):
    """So much is indexed."""

    id: int
    done: int
    """Records."""
    of: int
    """Of the groups that are large enough."""


Asked = Question | Changed | HowFar
Said = Ready | Answer | Far
to_indexer = msgspec.msgpack.Decoder(Asked)
from_indexer = msgspec.msgpack.Decoder(Said)
