"""The process that asks an OpenAI-compatible server for vectors, for a jailed driver that has no network.

Its one address comes from the person's configuration; the driver can name none (decision 0040). The key is in this
process's environment, and never in the jail. `kernel.minds.generative.openai_engine` does the asking.
"""

import array
import asyncio
import contextlib
import os
import signal
import socket

import msgspec

from kernel.jail.native import PR_SET_PDEATHSIG, prctl
from kernel.jail.privileges import drop_all_capabilities, no_new_privs
from kernel.minds.generative.openai_engine import OpenaiEngine
from kernel.minds.generative.openai_settings import OpenaiSettings
from syscalls.embedding import Ended, Frame, Hello, Refused, Talk, Texts, Vectors
from syscalls.errors import DeviceFailed, SysError, to_wire


class Order(msgspec.Struct, frozen=True):
    """How it is started: the JSON it is given."""

    channel: int
    """Descriptor of the inherited stream socket."""
    base_url: str
    model: str
    key_env: str
    name: str
    """Of the model, as vectors are marked with it."""


def main(arguments: list[str]) -> int:
    """Serve until the other end closes."""
    order = msgspec.json.decode(arguments[0], type=Order)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    no_new_privs()
    with contextlib.suppress(OSError):
        drop_all_capabilities()
    with socket.socket(fileno=order.channel) as channel, contextlib.suppress(Ended):
        _serve(Talk(channel), order)
    return 0


def _serve(talk: Talk, order: Order) -> None:
    talk.send(Hello(order.name))
    with asyncio.Runner() as runner:
        engine = OpenaiEngine(
            OpenaiSettings(base_url=order.base_url, model=order.model, key_env=order.key_env), os.environ
        )
        while isinstance(asked := talk.receive(), Texts):
            talk.send(runner.run(_answer(engine, asked.texts)))


async def _answer(engine: OpenaiEngine, texts: list[str]) -> Frame:
    try:
        rows = await engine.embed(texts)
    except SysError as refusal:
        return Refused(to_wire(refusal))
    widths = {len(row) for row in rows}
    if len(rows) != len(texts) or len(widths) != 1:
        got = f"{len(rows)} of {sorted(widths)} numbers"
        return Refused(to_wire(DeviceFailed(f"the server was asked for {len(texts)} vectors and sent {got}")))
    return Vectors(widths.pop(), b"".join(array.array("f", row).tobytes() for row in rows))
