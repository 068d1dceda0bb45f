"""The engine for servers against a real `vllm serve` on loopback."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from evals.fuzz import BOUNDS
from kernel.minds.generative.mind import GenerativeMind
from kernel.minds.generative.openai_engine import OpenaiEngine
from kernel.minds.generative.openai_settings import OpenaiSettings
from kernel.minds.generative.port import Ask, whole
from kernel.minds.port import Prompt
from syscalls.errors import ContextFull, MindFailed, NotSupported
from tests.minds.generative.test_grammar import MENU, TABLE
from tests.vllm.test_engine import SCHEMA, ask

BOUND_S = 120
LOADING_S = 400
READY = b"Application startup complete"


@dataclass
class Served:
    """A server under way."""

    url: str
    process: asyncio.subprocess.Process

    def kill(self) -> None:
        """All its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(model: Path) -> AsyncIterator[Served]:
    """What `vllm serve` runs, with the small model under the name "smol"; killed after the module.

    The command itself asks for the metadata of a distribution called vllm, which that of the CPU is not.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = (
        sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), "--host", "127.0.0.1",
        "--port", str(port), "--served-model-name", "smol", "--dtype", "float32", "--max-model-len", "2048",
        "--enforce-eager",
        "--enable-prompt-tokens-details",
    )  # fmt: skip
    environ = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, env=environ, start_new_session=True, limit=1 << 20,
    )  # fmt: skip
    made = Served(f"http://127.0.0.1:{port}/v1", process)
    assert process.stdout is not None
    said: list[bytes] = []
    try:
        async with asyncio.timeout(LOADING_S):
            while READY not in (line := await process.stdout.readline()):
                said.append(line)
                if not line:
                    pytest.fail(f"vllm serve ended: {b''.join(said[-20:]).decode(errors='replace')}")
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(process.stdout.read())  # or its pipe fills up
            yield made
            if process.returncode is None:
                made.kill()
            await reading
    finally:
        if process.returncode is None:
            made.kill()
            await process.wait()


def engine(served: Served, **more: object) -> OpenaiEngine:
    """Of that server, knowing nothing of it but the address unless told."""
    return OpenaiEngine(OpenaiSettings(base_url=served.url, **more), {})  # type: ignore[arg-type]  # of any kind


async def test_the_only_model_is_found_and_its_answer_comes_in_pieces(served: Served) -> None:
    own = engine(served)
    async with asyncio.timeout(BOUND_S):
        pieces = [piece async for piece in own.generate(ask("Tell me about the sea."))]
        again = await whole(own, ask("Tell me about the sea."))
    assert own.name == "openai:smol" and own.context_tokens == 2_048
    assert len(pieces) > 10 and "".join(piece.text for piece in pieces) == again.text
    assert again.tokens == 24 and again.finish == "length" and again.prompt_tokens > 20
    await own.close()


@pytest.mark.parametrize("form", ["response_format", "structured_outputs"])
async def test_whatever_is_sampled_matches_the_schema(served: Served, form: str) -> None:
    own = engine(served, structured=form)
    async with asyncio.timeout(BOUND_S), asyncio.TaskGroup() as group:
        turns = [ask("Read notes.", 120, schema=SCHEMA, temperature=2.0, seed=seed) for seed in range(6)]
        tasks = [group.create_task(whole(own, turn)) for turn in turns]
    for task in tasks:
        answer, begin = task.result(), '{"name":"file.'
        said = "".join(answer.text.split())
        assert said.startswith(begin) or begin.startswith(said)
        if (
            answer.finish == "stop"
        ):  # a server that lets blanks stand without end cuts some at this temperature
            value = json.loads(answer.text)
            assert value["name"] in {"file.read", "file.list"} and set(value) == {"name", "path"}
    await own.close()


@pytest.mark.slow  # a small model, sampled hot, is often cut and asked again: minutes
async def test_a_mind_on_a_server_drafts_calls_that_fit_the_menu(served: Served) -> None:
    mind = GenerativeMind(engine(served), max_tokens=400, temperature=1.5, bounds=BOUNDS)
    menu = tuple(call for call in MENU if call.area == "file")
    async with asyncio.timeout(LOADING_S):
        draft = await mind.think(Prompt("delete the old logs", menu, "/w"))
    for call in draft.calls:
        assert TABLE[call.name].call in menu
    assert draft.tokens > 0 and draft.prompt_tokens > 300
    await mind.close()


async def test_leaving_a_stream_stops_the_servers_work(served: Served) -> None:
    own = engine(served)
    async with asyncio.timeout(BOUND_S):
        async with aclosing(own.generate(ask("Count to a thousand.", 1_900))) as stream:
            await anext(stream)
            assert await running(served) == 1
        while await running(served):  # it hears of a closed connection when it next writes
            await whole(own, ask("Name a colour.", 1))
    await own.close()


async def running(served: Served) -> int:
    """Generations under way, as the server counts them."""
    import httpx2

    async with httpx2.AsyncClient() as client:
        told = (await client.get(served.url.removesuffix("/v1") + "/metrics")).text
    [line] = [line for line in told.splitlines() if line.startswith("vllm:num_requests_running{")]
    return round(float(line.rpartition(" ")[2]))


async def test_a_model_the_server_does_not_have_is_named(served: Served) -> None:
    own = engine(served, model="nope", context_tokens=2_048)
    with pytest.raises(MindFailed, match="knows no model 'nope'"):
        await whole(own, ask("Name a colour."))
    await own.close()


async def test_what_the_server_finds_too_long_is_an_error_of_its_own(served: Served) -> None:
    own = engine(served)
    with pytest.raises(ContextFull):
        await whole(own, ask("a " * 2_100))
    await own.close()


async def test_a_server_of_a_chat_model_has_no_embeddings(served: Served) -> None:
    own = engine(served)
    with pytest.raises(NotSupported, match="has no embeddings"):
        await own.embed(["x"])
    await own.close()


async def test_a_server_killed_in_the_middle_is_told_of_and_then_unreachable(served: Served) -> None:
    """Last of its module."""
    own = engine(served)
    with pytest.raises(MindFailed, match="broke off in the middle"):
        async with asyncio.timeout(BOUND_S), aclosing(own.generate(ask("Count.", 1_900))) as stream:
            async for _ in stream:
                if served.process.returncode is None:
                    served.kill()
                    await served.process.wait()
    with pytest.raises(MindFailed, match="cannot be reached"):
        await whole(own, Ask(messages=ask("x").messages))
    await own.close()
