"""`model.use`: another mind for the rest of the session, or a clear word on why not."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from apps.shell.boot import Kernel, sit
from apps.shell.host import open_host
from apps.shell.people import headless
from apps.shell.render.models import generated
from apps.shell.render.screen import to_ansi
from apps.shell.render.view import View
from apps.shell.settings import Settings, folders
from kernel.call import Err, Ok
from kernel.loop import Result
from kernel.minds.scripted import ScriptedMind
from syscalls.errors import Denied, MindFailed, NotSupported
from syscalls.model import Generated
from tests.kernel.world import soon


def script(path: Path, *texts: str) -> str:
    """A mind that says these."""
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    return f"scripted:{path}"


@asynccontextmanager
async def session(base: Path, mind: str) -> AsyncIterator[Kernel]:
    work = base / "work"
    work.mkdir()
    settings = Settings(folders({"AOSH_HOME": str(base / "home")}, base), work, base, mind=mind, is_bare=True)
    async with soon(), open_host(settings) as host, sit(host, settings, headless(lambda _: None)) as kernel:
        yield kernel


def only(result: Result) -> Ok | Err:
    (reply,) = result.replies
    return reply


async def test_the_session_thinks_with_another_mind_from_then_on_and_is_told_the_way_back(
    tmp_path: Path,
) -> None:
    first, second = script(tmp_path / "a", "one", "three"), script(tmp_path / "b", "two")
    async with session(tmp_path, first) as kernel:
        assert (await kernel.request("say")).text == "one"
        told = only(await kernel.typed(f":model.use mind={second}"))
        assert isinstance(told, Ok)
        assert f":model.use mind={first} goes back" in told.value.text()
        assert (await kernel.request("say")).text == "two"
        await kernel.typed(":model.use mind=none")
        assert (kernel.mind.name, kernel.settings.mind) == ("none", "none")
        listed = only(await kernel.typed(":model.list"))
        assert isinstance(listed, Ok) and listed.value.text().startswith("none\t")


async def test_a_mind_cannot_choose_its_successor_without_a_person(tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text(
        json.dumps({"calls": [{"name": "model.use", "arguments": {"mind": "none"}}]}), encoding="utf-8"
    )
    async with session(tmp_path, f"scripted:{path}") as kernel:
        result = await kernel.request("use none")
        assert isinstance(result.error, Denied)
        assert isinstance(kernel.mind, ScriptedMind) and kernel.mind.name == "scripted"


@pytest.mark.parametrize(
    ("mind", "kind", "said"),
    [
        ("nonsense", MindFailed, "no mind is called 'nonsense'"),
        ("scripted:/no/such/file", MindFailed, "/no/such/file"),
        ("openai:m", NotSupported, "cannot be reached"),
        ("cascade:reader,openai:m", NotSupported, "cannot be reached"),
        ("cascade:reader", MindFailed, "expected two minds"),
    ],
)
async def test_what_cannot_be_run_here_is_said_and_the_session_thinks_on(
    tmp_path: Path, mind: str, kind: type[Exception], said: str
) -> None:
    async with session(tmp_path, script(tmp_path / "a", "still here")) as kernel:
        refused = only(await kernel.typed(f":model.use mind={mind}"))
        assert isinstance(refused, Err)
        assert isinstance(refused.error, kind), refused.error
        assert said in str(refused.error)
        assert (await kernel.request("say")).text == "still here"


def test_what_a_model_wrote_is_drawn_as_the_text_it_is() -> None:
    view = View("model.generate", 80, 0.0)
    drawn = to_ansi(
        generated(Generated("A \x1b[2J line.", "m", 9, is_cut=True), view), width=80, has_colour=False
    )
    assert drawn == "A \\x1b[2J line.\n… cut after 9 tokens; max_tokens allows more\n"
