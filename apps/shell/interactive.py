"""The interactive shell: reads lines, carries them out, shows what came of them."""

import asyncio
import re
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from rich.text import Text

from apps.shell.boot import Kernel
from apps.shell.commands.crew import News, begin, behind
from apps.shell.commands.slash import Memo, Slash
from apps.shell.console.console import Console
from apps.shell.console.keys import Leave
from apps.shell.direct import unparse
from apps.shell.early import MEMORY
from apps.shell.follow import Follower
from apps.shell.jobkeeping import KEEP_AFTER_S, Post, keep_jobs
from apps.shell.offers import command_of, program_of
from apps.shell.outside import run_outside
from apps.shell.render.failure import failure
from apps.shell.render.view import name
from apps.shell.upkeep import keep_index
from apps.shell.wording import short, unmentioned
from kernel.call import Call, Err, Ok, Reply
from kernel.happenings import Happening
from kernel.loop import End, Result
from kernel.processes.table import Agent
from kernel.version import VERSION
from syscalls import mem
from syscalls.errors import BadArgument, DriverDied, NotUnderstood, SysError, TimedOut
from syscalls.file_values import sentence
from syscalls.labels import NONE

WARM_AFTER_S = 0.1
_COMMAND = re.compile(r"/[A-Za-z?]*(\s|$)")


class Shell:
    """The loop of reading and doing. It is also who watches the kernel's turns."""

    def __init__(
        self, *, is_quiet: bool = False, is_verbose: bool = False, timeout_s: float | None = None
    ) -> None:
        self.memo = Memo()
        self._follower = Follower(self.memo, is_quiet=is_quiet, is_verbose=is_verbose)
        self._is_quiet = is_quiet
        self._timeout_s = timeout_s
        self._kernel: Kernel
        self._console: Console
        self._slash: Slash
        self._is_outside = False
        """Whether the terminal is a program's."""
        self._turn: asyncio.Task[Result | Leave] | None = None
        self._prefill = ""
        self._edited: Call | None = None
        """The call that stands on the prompt to be changed; its sources stay with it."""
        self._program = ""
        """The latest request as a program's line, where it looks like one."""
        self._is_seated = False
        self._news = News()

    async def run(self, kernel: Kernel, console: Console, prompt: str, unsent: str = "") -> int:
        """Read and do until the person leaves; the exit code.

        Args:
            kernel: the session.
            console: where the person is.
            prompt: the first request.
            unsent: what stands on the first line already.
        """
        self._prefill = unsent
        self._kernel, self._console = kernel, console
        self._follower.sit(console, kernel.tastes)
        self._slash = Slash(kernel, console, self.memo)
        kernel.host.agents.watchers.append(self._tell_ended)
        self._is_seated = True
        try:
            async with asyncio.TaskGroup() as group:
                await self._greet()
                group.create_task(self._warm_files())
                warming = group.create_task(self._warm_mind())
                recalling = group.create_task(self._warm_memory())
                keeping = group.create_task(self._keep_jobs())
                reading = group.create_task(keep_index(kernel, self._note_job))
                code = await self._lines(group, prompt)
                for task in (warming, recalling, keeping, reading):
                    task.cancel()
            return code
        except asyncio.CancelledError:
            await kernel.tidy()
            raise
        finally:
            kernel.host.agents.watchers.remove(self._tell_ended)

    def edit(self, call: Call) -> None:
        """Put a call on the next prompt, to be changed and handed in again."""
        self._prefill, self._edited = f":{unparse(call.name, call.arguments)}", call

    def on_signal(self, number: int) -> bool:
        """Whether the session ends: SIGINT only stops what is under way."""
        if number != signal.SIGINT or not self._is_seated:
            return True
        if self._is_outside:
            return False
        if not self.interrupt():
            self._console.signalled()
        return False

    def interrupt(self) -> bool:
        """Stop what is under way; whether anything was."""
        if self._turn is not None:
            self._turn.cancel()
        return self._turn is not None

    def __call__(self, happening: Happening) -> None:
        """Follow a turn."""
        self._follower(happening)

    async def _greet(self) -> None:
        if not self._is_quiet:
            tier = self._kernel.jail.tier
            jail = (
                "NO JAIL: nothing that needs one will run; see `aosh doctor`"
                if tier == "none"
                else f"jail {tier}"
            )
            where = short(self._kernel.settings.cwd, self._kernel.settings.home)
            self._console.note(f"aosh {VERSION} · {where} · mind {self._kernel.mind.name} · {jail}")
            ways = (
                "/detach leaves it in the service, Ctrl-D ends it"
                if self._console.is_distant
                else "Ctrl-D leaves"
            )
            self._console.note(f"say what you want, or /help · {ways}")
        for remark in self._kernel.remarks:
            self._console.note(remark)
        self._tell_tidied(self._kernel.recovered, "an earlier session ended in the middle of a change")

    async def _warm_files(self) -> None:
        """Start the driver that the first request needs. A failure shows when it is needed."""
        with suppress(SysError):
            await self._kernel.drivers.warm(self._kernel.process, "file")

    async def _warm_mind(self) -> None:
        """Likewise the mind, once the prompt stands."""
        await asyncio.sleep(WARM_AFTER_S)
        from kernel.minds.needle.mind import NeedleMind  # not at the top: the reader takes its time to load

        if isinstance(self._kernel.mind, NeedleMind):
            with suppress(SysError):
                await self._kernel.mind.warm(self._kernel.menu)

    async def _keep_jobs(self) -> None:
        await asyncio.sleep(KEEP_AFTER_S)
        kernel = self._kernel
        await keep_jobs(kernel.host, kernel.settings, Post(kernel.session.id, self._note_job))

    async def _warm_memory(self) -> None:
        """Likewise the memory, where there is one: its model takes longer to load than a question to answer."""
        await asyncio.sleep(WARM_AFTER_S)
        kernel = self._kernel
        if (kernel.settings.folders.memory / MEMORY).exists() and not kernel.settings.is_bare:
            with suppress(SysError):
                await kernel.drivers.look(kernel.process, mem.recall, {"text": "hello", "limit": 1})

    def _note_job(self, text: str) -> None:
        for line in text.splitlines():
            self._console.note(line)

    async def _lines(self, group: asyncio.TaskGroup, prompt: str) -> int:
        if prompt.strip():
            self._console.note(f"aosh> {prompt.strip()}")
            await self._carry_out(group, prompt.strip())
        while True:
            prefill, self._prefill = self._prefill, ""
            line = await self._console.read_line(prefill)
            if isinstance(line, Leave):
                return line.code
            done = await self._carry_out(group, line.strip())
            if isinstance(done, Leave):
                return done.code

    async def _carry_out(self, group: asyncio.TaskGroup, line: str) -> Result | Leave | None:
        """Do one line; None when it was stopped, or empty."""
        if not line:
            return None
        if line.startswith("!!"):
            return await self._outside(line[2:].strip())
        turn = self._turn = group.create_task(self._guarded(self._work(line)))

        def interrupt() -> None:
            turn.cancel()

        try:
            with self._console.busy("thinking", interrupt) as self._follower.status:
                await asyncio.wait([turn])
        finally:
            self._turn, self._follower.status = None, None
        if turn.cancelled():
            await self._stopped()
            return None
        done = turn.result()
        if isinstance(done, Result):
            await self._tell(done)
        return done

    async def _outside(self, line: str) -> Result:
        """Hand the terminal to a program outside the jail."""
        if not line:
            self._console.show(failure(BadArgument("expected a program after !!, such as !!vim notes.txt")))
            return Result(End.DONE, ())
        self._console.note("outside the jail, as you: what it does cannot be undone")
        kernel = self._kernel
        kernel.session.turn += 1
        self._is_outside = True
        try:
            status = await run_outside(
                kernel.journal, kernel.session.id, kernel.session.turn, line, kernel.process.cwd,
                self._console.outside,
            )  # fmt: skip
            if status:
                how = f"exit status {status}" if status > 0 else f"killed by signal {-status}"
                self._console.note(how)
            return Result(End.DONE, ())
        except SysError as error:
            self._console.show(failure(error))
            return Result(End.FAILED, (), error=error)
        finally:
            self._is_outside = False

    def _work(self, line: str) -> Coroutine[Any, Any, Result | Leave]:
        """What a line asks for, by how it begins and ends."""
        if goal := behind(line):
            return self._behind(goal)
        if _COMMAND.match(line):
            return self._slash(line)
        if line.startswith((":", "!")):
            edited, self._edited = self._edited, None
            return self._kernel.typed(line, labels=edited.labels if edited else NONE)
        self._edited = None
        return self._words(line)

    async def _behind(self, goal: str) -> Result:
        edited, self._edited = self._edited, None
        agent = begin(
            self._kernel, unmentioned(goal, self._kernel.settings.cwd), edited.labels if edited else NONE
        )
        self._console.note(
            f"agent {agent.row.pid} is at it; /jobs lists, /fg {agent.row.pid} waits, /kill {agent.row.pid} stops"
        )
        return Result(End.DONE, ())

    def _tell_ended(self, agent: Agent) -> None:
        if agent.row.by == self._kernel.session.id and (line := self._news.of(agent.row)):
            self._console.note(line)
            self._console.refresh()

    async def _words(self, line: str) -> Result | Leave:
        if line.lower() in ("exit", "quit", "bye"):
            return Leave(0)
        if line.isdecimal() and 1 <= int(line[:4]) <= len(self.memo.offers):
            self._prefill = self.memo.offers[int(line[:4]) - 1]
            return Result(End.DONE, ())
        if command := command_of(line):
            return await self._slash(command)
        self._program = program_of(line, self._kernel.settings.search)
        return await self._kernel.request(unmentioned(line, self._kernel.settings.cwd))

    async def _guarded(self, work: Coroutine[Any, Any, Result | Leave]) -> Result | Leave:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work
        except TimeoutError:
            await self._tidy()
            return Result(End.FAILED, (), error=TimedOut(f"stopped after {self._timeout_s:g} s (--timeout)"))
        except SysError as error:
            return Result(End.FAILED, (), error=error)

    async def _stopped(self) -> None:
        self._console.interrupted()
        self._console.note("stopped")
        await self._tidy()

    async def _tidy(self) -> None:
        self._tell_tidied(await self._kernel.tidy(), "it was in the middle of a change")

    async def _tell(self, result: Result) -> None:
        self._follower.tell_words(result)
        if result.error is not None:
            self._console.show(failure(result.error))
        if isinstance(result.error, DriverDied):
            await self._tidy()
        self.memo.offers = ()
        if isinstance(result.error, NotUnderstood):
            self.memo.offers = (self._program,) if self._program else result.nearest
        for number, example in enumerate(self.memo.offers, 1):
            self._console.show(Text.assemble((f"{number:>3} ", "cyan"), name(example)))
        if self.memo.offers:
            self._console.note("a number puts that one on the line, to be changed or handed in")
        changed = [
            reply
            for reply in result.replies
            if isinstance(reply, Ok) and reply.changes and reply.changes.undo
        ]
        if changed:
            last = changed[-1].changes
            self.memo.hint = sentence(last.changes[0]) if last and last.changes else changed[-1].call.name
            self._console.note("undo with /undo" if len(changed) == 1 else f"undo with /undo {len(changed)}")

    def _tell_tidied(self, replies: list[Reply], why: str) -> None:
        for reply in replies:
            if isinstance(reply, Err):
                self._console.show(failure(reply.error))
                self._console.note(f"{why}; that could not be rolled back, see /history")
            else:
                changes = (
                    "; ".join(sentence(change) for change in reply.changes.changes) if reply.changes else ""
                )
                self._console.note(f"{why}; rolled back ({changes or 'nothing had changed yet'})")
