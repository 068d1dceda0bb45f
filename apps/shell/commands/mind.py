"""`aosh mind`: the warm mind process that outlives one command."""

import asyncio
from collections.abc import Sequence
from typing import Any

from apps.shell.boot import names_of
from apps.shell.commands.output import complain, parser_of, print_json, settings_at, show
from apps.shell.early import user_process
from apps.shell.exits import Exit
from apps.shell.host import plugins_of
from apps.shell.render.view import facts, name
from apps.shell.settings import Settings
from kernel.drivers.route import visible
from kernel.jail.tier import choose
from kernel.minds.needle import weights
from kernel.minds.needle.service import Service
from syscalls.built_in import BUILT_IN
from syscalls.errors import MindFailed
from syscalls.table import Table


def mind(args: Sequence[str]) -> int:
    """`aosh mind [status|start|stop]`."""
    parser = parser_of("mind", json_too=True)
    parser.add_argument("act", nargs="?", default="status", choices=("status", "start", "stop"))
    options = parser.parse_args(args)
    settings = settings_at(parser)
    state = asyncio.run(_act(settings, options.act))
    if options.json:
        print_json(state)
    else:
        rows = facts()
        for key, value in state.items():
            rows.add_row(name(key), name(str(value)))
        show(rows)
    if state["error"]:
        complain(state["error"])
    return Exit.FAILED if state["error"] else Exit.DONE


async def _act(settings: Settings, act: str) -> dict[str, Any]:
    service = Service(settings.folders.runtime, choose(settings.folders.state).start)
    try:
        if act == "start":
            from kernel.minds.needle.mind import NeedleMind  # with it comes the reader, which takes its time

            settings.folders.runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
            await NeedleMind(service).warm(await _menu(settings))
        elif act == "stop":
            await service.stop()
        return await state_of(service, is_stopping=act == "stop")
    except MindFailed as error:
        return await state_of(service, is_stopping=True) | {"error": str(error)}
    finally:
        await service.close()


async def state_of(service: Service, *, is_stopping: bool = False) -> dict[str, Any]:
    """What is known of the mind, without starting it."""
    state: dict[str, Any] = {
        "mind": "needle",
        "installed": "",
        "running": False,
        "pid": None,
        "menus": 0,
        "error": "",
    }
    try:
        state["installed"] = f"{weights.DISTRIBUTION} {weights.locate().version}"
    except MindFailed as error:
        state["error"] = str(error)
    if not is_stopping and service.is_running():
        state |= await service.state()
        state["running"] = True
    return state


async def _menu(settings: Settings) -> list[Any]:
    """The calls a session here would show it."""
    plugins = await plugins_of(settings.folders, choose(settings.folders.state))
    table = Table((*BUILT_IN, *(call for plugin in plugins for call in plugin.calls)))
    return visible(table, user_process(settings, names_of(plugins)))
