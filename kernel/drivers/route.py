"""Who serves which namespace: jailed drivers, kernel services, the console. One `Server` over many."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kernel.deadlines import Deadlines
from kernel.drivers.port import LOOK_DEADLINE_S, Answer, Prepared, Server
from kernel.process import Process
from syscalls.accesses import accesses
from syscalls.caps import Right, holds
from syscalls.declare import Value
from syscalls.errors import BadArgument, TimedOut, UnknownCall
from syscalls.table import AnyCall, Table
from syscalls.tool import ToolInfo, Tools

Handler = Callable[[Process, dict[str, Any]], Awaitable[Value]]


class Route:
    """A server that passes each call on by its namespace, or by its whole name where that has a server of its own."""

    def __init__(self, servers: Mapping[str, Server]) -> None:
        self._servers = dict(servers)

    def add(self, name: str, server: Server) -> None:
        """One more namespace, or one call, with a server of its own."""
        self._servers[name] = server

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Carry out a call without side effects."""
        return await self._for(call).look(process, call, arguments)

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Plan an effect."""
        return await self._for(call).prepare(process, call, arguments)

    def _for(self, call: AnyCall) -> Server:
        try:
            return self._servers.get(call.name) or self._servers[call.area]
        except KeyError:
            raise UnknownCall(f"nobody serves {call.name!r} in this session") from None


class Inside:
    """Calls answered in the kernel's own process: they look, or speak, and change nothing."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = dict(handlers)
        self._deadlines = Deadlines()

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Answer from a handler."""
        try:
            with self._deadlines.within(LOOK_DEADLINE_S):
                return Answer(await self._handlers[call.name](process, arguments))
        except TimeoutError:
            raise TimedOut(f"{call.name} gave no answer within {LOOK_DEADLINE_S:g} s") from None

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Never: these calls have no effects."""
        raise BadArgument(f"{call.name} has no effect to plan")


def visible(table: Table, process: Process) -> list[AnyCall]:
    """The calls a process could ever be allowed: what its menu is made of."""
    held = {cap.right for cap in process.caps}
    return [
        entry.call
        for entry in table.values()
        if not entry.call.is_hidden
        and all(
            right in held
            if right in (Right.EXEC, Right.MEMORY)
            else right is Right.NET or holds(process.caps, right, entry.call.area)
            for right in entry.call.rights
        )
        and all(_right(access) in held for access in accesses(entry.call))
    ]


def _right(access: str) -> Right:
    return Right.FS_WRITE if access == "write" else Right.FS_READ


def list_tools(table: Table, owners: Mapping[str, str]) -> Handler:
    """The handler of `tool.list`. `owners`: namespace -> the app that serves it."""

    async def handler(process: Process, arguments: dict[str, Any]) -> Value:
        area = arguments.get("area")
        calls = [call for call in visible(table, process) if area in (None, call.area)]
        if not calls:
            areas = sorted({call.area for call in visible(table, process)})
            raise BadArgument(f"tool.list: area: expected one of {', '.join(areas)}, got {area!r}")
        return Tools(
            tuple(ToolInfo(c.name, c.summary, c.effect.value, owners.get(c.area, "aosh")) for c in calls)
        )

    return handler
