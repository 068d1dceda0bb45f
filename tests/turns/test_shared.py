"""One engine under several sessions."""

import pytest

from kernel.minds.generative.port import Ask, Message, whole
from kernel.minds.generative.scripted_engine import ScriptedEngine
from kernel.turns.shared import SharedEngine
from syscalls.errors import MindFailed

ASK = Ask(messages=(Message("user", "Go."),))


async def test_each_session_waits_for_the_model_in_its_own_way() -> None:
    waited: list[str] = []

    def ready(name: str):  # type: ignore[no-untyped-def]
        async def wait() -> None:
            waited.append(name)

        return wait

    engine = ScriptedEngine(["one", "two"])
    first, second = SharedEngine(engine, ready("first")), SharedEngine(engine, ready("second"))
    assert (await whole(first, ASK)).text == "one"
    assert waited == ["first"]
    assert (await whole(second, ASK)).text == "two"
    assert waited == ["first", "second"]
    assert first.name == engine.name and first.count(ASK.messages) == engine.count(ASK.messages)


async def test_closing_one_hold_leaves_the_engine_to_the_others() -> None:
    class Closing(ScriptedEngine):
        is_closed = False

        async def close(self) -> None:
            self.is_closed = True

    async def ready() -> None: ...

    engine = Closing(["one"])
    first, second = SharedEngine(engine, ready), SharedEngine(engine, ready)
    await first.close()
    assert not engine.is_closed and (await whole(second, ASK)).text == "one"


async def test_a_model_that_cannot_be_loaded_fails_the_turn() -> None:
    async def ready() -> None:
        raise MindFailed("no memory")

    with pytest.raises(MindFailed, match="no memory"):
        await whole(SharedEngine(ScriptedEngine(["one"]), ready), ASK)
