"""Serves the `tool` calls: `exec` runs a program apart, and what it changed lands as one effect."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from kernel.drivers.port import Answer, Prepared, Server
from kernel.happenings import Output as Printed
from kernel.happenings import Watcher
from kernel.oneshot.oversight import Oversight
from kernel.oneshot.port import Order, Outcome, Runner, Stream
from kernel.process import Process
from kernel.tools.folders import discard, new_run, path_of
from kernel.tools.orders import Places, places_of, within
from kernel.tools.output import Output
from kernel.tools.programs import Finder, Found
from syscalls import file, tool
from syscalls.errors import BadArgument, BudgetSpent, DeviceFailed, NotPermitted
from syscalls.labels import labels_of
from syscalls.table import AnyCall
from syscalls.tool_values import Ran
from syscalls.undo import Change, Plan, Step


class Site(msgspec.Struct, frozen=True):
    """Where and how programs run in this session."""

    store: str
    """Of pre-images, and of what programs write."""
    session: str
    has_overlays: bool
    """Whether the runner mounts overlays (tier F); else programs work on copies."""


class Tools:
    """Runs programs. All other calls of the area are answered by `inside`."""

    def __init__(
        self, inside: Server, files: Server, runner: Runner, finder: Finder, site: Site, watch: Watcher
    ) -> None:
        """A server.

        Args:
            inside: answers the calls that only look.
            files: the file drivers, which copy folders and land changes.
            runner: runs one program.
            finder: finds programs.
            site: where programs run.
            watch: told what programs print.
        """
        self._inside = inside
        self._files = files
        self._runner = runner
        self._finder = finder
        self._site = site
        self._watch = watch

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Carry out a call without side effects."""
        return await self._inside.look(process, call, arguments)

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Say what would run; `run` of the result runs it."""
        asked = msgspec.convert(arguments, tool.Exec)
        if not asked.argv[0] or any("\0" in word for word in (*asked.argv, *asked.env.values())):
            raise BadArgument(
                "tool.exec: argv: expected a program and words without NUL, got " + repr(asked.argv[:1])
            )
        places = places_of(process, asked.cwd)
        if self._site.has_overlays:
            places.check_apart(self._site.store)
        found = await asyncio.to_thread(self._finder.find, asked.argv[0], places.cwd, places.roots)
        return _Waiting(self, process, asked, found, places)

    async def run(self, process: Process, asked: tool.Exec, found: Found, places: Places) -> "_Ended":
        """Run a program apart; what it changed is planned and waits."""
        site = self._site
        try:
            run = await asyncio.to_thread(
                new_run, site.store, site.session, len(places.write), is_overlay=site.has_overlays
            )
        except OSError as refusal:
            raise DeviceFailed(f"the undo store {site.store!r} cannot be used: {refusal.strerror}") from None
        base = path_of(site.store, run)
        try:
            output = Output(self._teller(tool.exec_.name))
            order = await self._order(process, asked, found, places, run)
            oversight = Oversight(process, asked.argv[0].rpartition("/")[2])
            outcome = await self._runner.run(order, output.take, oversight)
            if outcome.stopped == "budget":
                raise BudgetSpent(
                    f"{asked.argv[0]!r} was stopped and nothing it changed was kept: {outcome.why}"
                )
            landing = None
            if not outcome.stopped and places.write:
                landing = await self._land(process, places, run)
        except BaseException:
            await _gone(base)
            raise
        return _Ended(asked, found, outcome, output, landing, base)

    async def _order(
        self, process: Process, asked: tool.Exec, found: Found, places: Places, run: str
    ) -> Order:
        base = path_of(self._site.store, run)
        if not self._site.has_overlays and places.write:
            await self._files.look(process, file.stage, {"run": run, "roots": list(places.write)})
        order = places.order(
            asked, found, self._finder.folders(places.cwd, places.roots), base, self._site.has_overlays
        )
        return within(order, process.meter)

    async def _land(self, process: Process, places: Places, run: str) -> Prepared:
        arguments = {"run": run, "roots": list(places.write), "is_copy": not self._site.has_overlays}
        return await self._files.prepare(process, file.land, arguments)

    def _teller(self, name: str) -> Callable[[Stream, str], None]:
        return lambda stream, text: self._watch(Printed(name, stream, text))


class _Waiting:
    """A program that could run."""

    def __init__(
        self, tools: Tools, process: Process, asked: tool.Exec, found: Found, places: Places
    ) -> None:
        self._tools, self._process, self._asked, self._found, self._places = (
            tools,
            process,
            asked,
            found,
            places,
        )
        kept = "its changes wait to be seen" if places.write else "it can change nothing"
        note = f"in {places.cwd}, without a network; {kept}"
        self.plan = Plan((Change("runs", found.path, note=note),), ())

    async def run(self) -> Prepared:
        """Run it."""
        return await self._tools.run(self._process, self._asked, self._found, self._places)

    async def commit(self) -> Answer:
        """Never: nothing has run yet."""
        raise NotPermitted("a program must have run before its changes can land")

    async def abort(self) -> None:
        """Nothing to drop."""


class _Ended:
    """A program that has run, and whose changes wait."""

    def __init__(
        self,
        asked: tool.Exec,
        found: Found,
        outcome: Outcome,
        output: Output,
        landing: Prepared | None,
        base: str,
    ) -> None:
        self._asked, self._found, self._outcome, self._output = asked, found, outcome, output
        self._landing = landing
        self._base = base
        self.plan = landing.plan if landing is not None else Plan((), ())

    async def commit(self) -> Answer:
        """Land what it changed."""
        try:
            undo: tuple[Step, ...] = ()
            if self._landing is not None and self.plan.undo:
                undo = (await self._landing.commit()).undo
            elif self._landing is not None:
                await self._landing.abort()
        finally:
            await _gone(self._base)
        return Answer(self._value(), labels_of([f"tool:{self._asked.argv[0]}"], trusted=False), undo)

    async def abort(self) -> None:
        """Drop what it changed."""
        try:
            if self._landing is not None:
                await self._landing.abort()
        finally:
            await _gone(self._base)

    def _value(self) -> Ran:
        outcome, output = self._outcome, self._output
        return Ran(
            program=self._found.path, argv=self._asked.argv, status=outcome.status, stdout=output.text("stdout"),
            stderr=output.text("stderr"), seconds=outcome.wall_s, changes=self.plan.changes, stopped=outcome.stopped,
            cut=output.cut(outcome), diff=self.plan.diff, flags=self.plan.flags, why=outcome.why,
        )  # fmt: skip


async def _gone(base: str) -> None:
    """The run's folder is removed, also when this is cancelled."""
    await asyncio.shield(asyncio.to_thread(discard, base))
