"""A process that turns texts into vectors with a model of this machine, for one that holds no model: in a jail of its own."""

import socket
from typing import TYPE_CHECKING

import msgspec

from memory.minilm import MiniLM
from syscalls.embedding import Ended, Hello, Refused, Talk, Texts, Vectors
from syscalls.errors import SysError, to_wire

if TYPE_CHECKING:
    from memory.embedding import Embedder


class Settings(msgspec.Struct, frozen=True):
    """How it is started: the JSON it is given."""

    channel: int


def main(arguments: list[str]) -> int:
    """Serve until the other end closes."""
    settings = msgspec.json.decode(arguments[0], type=Settings)
    with socket.socket(fileno=settings.channel) as channel:
        serve(Talk(channel), MiniLM())
    return 0


def serve(talk: Talk, embedder: "Embedder") -> None:
    """Answer with an embedder's vectors until the other end closes."""
    try:
        talk.send(Hello(embedder.name, embedder.dimension))
        while True:
            asked = talk.receive()
            if not isinstance(asked, Texts):
                return
            try:
                rows = embedder.embed(asked.texts)
            except SysError as refusal:
                talk.send(Refused(to_wire(refusal)))
            else:
                talk.send(Vectors(rows.shape[1], rows.tobytes()))
    except Ended:
        return
