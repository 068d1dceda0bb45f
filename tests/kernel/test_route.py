"""Each call goes to whoever serves its namespace, and a process sees only what it could ever be allowed."""

from typing import Any

import pytest

from kernel.drivers.route import Inside, Route, list_tools, visible
from kernel.process import Process
from syscalls import file, sys, tool, ui
from syscalls.caps import ANY, Cap, Right
from syscalls.errors import BadArgument, UnknownCall
from syscalls.table import Table
from syscalls.tool import Tools
from syscalls.ui import Said
from tests.kernel.world import CALLS, RamFiles, Untouchable, agent

TABLE = Table((*CALLS, *sys.CALLS))


async def say(process: Process, arguments: dict[str, Any]) -> Said:
    return Said(f"{process.pid}: {arguments['message']}")


async def test_a_call_goes_to_the_server_of_its_namespace_and_to_no_other() -> None:
    files = RamFiles()
    route = Route({"file": files, "sys": Untouchable()})
    await route.look(agent(), file.list_, {"path": "/desk"})
    await route.prepare(agent(), file.write, {"path": "/desk/a", "content": ""})
    assert files.log == ["look file.list", "prepare file.write"]


async def test_a_namespace_nobody_serves_is_an_unknown_call() -> None:
    with pytest.raises(UnknownCall, match=r"nobody serves 'sys\.status' in this session"):
        await Route({"file": RamFiles()}).look(agent(), sys.status, {})


async def test_a_call_answered_inside_the_kernel_can_only_look() -> None:
    inside = Inside({"ui.say": say})
    answer = await inside.look(agent(), ui.say, {"message": "hello"})
    assert answer.value == Said("1: hello")
    with pytest.raises(BadArgument, match=r"ui\.say has no effect to plan"):
        await inside.prepare(agent(), ui.say, {"message": "hello"})


VISIBLE = {
    "nothing": ([], set()),
    "the console": ([Cap(Right.UI, ANY)], {"ui.say", "ui.ask", "ui.choose"}),
    "another area's console": ([Cap(Right.UI, "elsewhere")], set()),
    "the list of tools": ([Cap(Right.TOOL_LIST, "tool")], {"tool.list", "tool.fetch", "tool.call"}),
}


@pytest.mark.parametrize("case", VISIBLE)
def test_the_menu_is_what_a_process_could_ever_be_allowed(case: str) -> None:
    caps, names = VISIBLE[case]
    assert {call.name for call in visible(TABLE, agent(caps))} == names


def test_a_reader_sees_no_call_that_writes_and_nobody_sees_the_hidden_ones() -> None:
    reader = {call.name for call in visible(TABLE, agent([Cap(Right.FS_READ, "/desk")]))}
    assert {"file.read", "file.find"} <= reader
    assert not {"file.write", "file.copy", "file.delete"} & reader
    everything = {call.name for call in visible(TABLE, agent())}
    assert everything == set(TABLE) - {"file.revert", "file.stage", "file.land"}


async def test_the_list_of_tools_is_the_menu_with_whoever_serves_each() -> None:
    handler = list_tools(TABLE, {"sys": "machine 1.0"})
    listed = await handler(agent(), {"area": "sys"})
    assert isinstance(listed, Tools)
    assert {(item.name, item.app) for item in listed.items} == {
        ("sys.status", "machine 1.0"),
        ("sys.processes", "machine 1.0"),
    }
    whole = await handler(agent(), {})
    assert isinstance(whole, Tools)
    assert [item.name for item in whole.items] == [call.name for call in visible(TABLE, agent())]
    assert {item.app for item in whole.items} == {"aosh", "machine 1.0"}
    with pytest.raises(
        BadArgument, match=r"tool\.list: area: expected one of file, sys, tool, ui, got 'moon'"
    ):
        await handler(agent(), {"area": "moon"})
    assert tool.list_.name in whole.text()
