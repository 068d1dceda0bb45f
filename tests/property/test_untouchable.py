"""Without capabilities no model text reaches a server, whatever it says."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from kernel.call import Err
from kernel.policy import Mode
from syscalls.labels import STDIN, USER
from tests.kernel.world import Untouchable, World, agent
from tests.property.strategies import proposals


@given(proposals(), st.sampled_from(Mode), st.sampled_from(["mind", "user", "app:weather"]), st.booleans())
@example(("file.read", {"path": "a.txt"}), Mode.AUTO_SAFE, "mind", True)
@example(("file.list", {}), Mode.AUTO_SAFE, "mind", True)
@example(("file.delete", {"paths": ["a.txt"]}), Mode.AUTO_SAFE, "user", True)
@example(("file.revert", {"paths": ["a.txt"], "steps": []}), Mode.AUTO_SAFE, "mind", True)
@example(("tool.list", {}), Mode.AUTO_SAFE, "mind", True)
@example(("ui.say", {"message": "hello"}), Mode.AUTO_SAFE, "app:weather", True)
async def test_without_capabilities_no_model_text_reaches_a_server(
    proposal: tuple[str, dict[str, Any]], mode: Mode, origin: str, is_trusted: bool
) -> None:
    world = World(mode=mode, server=Untouchable(), process=agent(caps=()))
    name, arguments = proposal
    reply = await world(name, arguments, USER if is_trusted else STDIN, origin)
    assert isinstance(reply, Err)
    assert len(world.decisions()) == 1
    assert world.decisions()[0].verdict != "allow"


@given(proposals(), st.sampled_from(["mind", "user"]))
async def test_a_process_that_holds_the_console_alone_cannot_touch_a_file(
    proposal: tuple[str, dict[str, Any]], origin: str
) -> None:
    name, arguments = proposal
    if name.startswith(("tool.", "ui.")):
        name = "file.read"
    console = [cap for cap in agent().caps if not cap.right.is_path]
    world = World(server=Untouchable(), process=agent(caps=console))
    assert isinstance(await world(name, arguments, origin=origin), Err)
