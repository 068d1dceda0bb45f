"""What the kernel and the mind process say to each other: length-prefixed msgpack."""

from typing import Any

import msgspec


class Think(msgspec.Struct, frozen=True, tag="think"):
    """Answer a request over a menu."""

    menu: str
    text: str


class Bind(msgspec.Struct, frozen=True, tag="bind"):
    """Bind menus in the background, in this order."""

    menus: tuple[str, ...]


class State(msgspec.Struct, frozen=True, tag="state"):
    """Say how you are."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """End."""


Question = Think | Bind | State | Stop
questions = msgspec.msgpack.Decoder(Question)


class Answer(msgspec.Struct, frozen=True):
    """The engine's envelope, or what went wrong."""

    envelope: dict[str, Any] = {}
    error: str = ""
