"""Agents in the background at the prompt: `request &`, `/jobs`, `/fg`, `/kill`, and the line when one ends."""

import re
import time
from collections.abc import Iterable
from dataclasses import replace

from rich.console import RenderableType
from rich.text import Text

from apps.shell.alive import is_alive
from apps.shell.background import Task, start
from apps.shell.boot import Kernel
from apps.shell.console.console import Console
from apps.shell.render.view import marked, name, notice, table
from kernel.loop import End, Result
from kernel.meter import KINDS
from kernel.process import Limits
from kernel.processes.agent import ProcessRow, State
from kernel.processes.table import Agent, settle
from syscalls.errors import BadArgument
from syscalls.labels import NONE, Labels
from syscalls.taste import ago

_AMPERSAND = re.compile(r"\s&\s*$")
_GOAL_SHOWN = 60
_WHY_SHOWN = 120
_SHARE_SHOWN = 0.05
_STYLES = {State.DONE: "green", State.RUNNING: "cyan", State.SUSPENDED: "yellow", State.READY: "dim"}


def behind(line: str) -> str:
    """The request that is to be carried out in the background; empty where the line is none."""
    found = _AMPERSAND.search(line)
    return line[: found.start()].strip() if found and not line.startswith(("/", "!!")) else ""


def begin(kernel: Kernel, goal: str, labels: Labels = NONE) -> Agent:
    """Start an agent for the person at the prompt, holding what the person holds now, by the mode that holds now.

    Raises:
        BadArgument: there is no goal.
    """
    own = replace(kernel.settings, mode=kernel.policy.mode)
    parent = kernel.make(kernel.settings)
    limits = Limits(turns=own.max_turns, calls=None, wall_s=own.timeout_s)
    task = Task(
        goal=goal, limits=limits, labels=labels, by=kernel.session.id, owner="you", meter=kernel.meter
    )
    return start(kernel.host, own, parent, task)


def ending(row: ProcessRow) -> str:
    """The line that tells of an end."""
    goal = row.goal if len(row.goal) <= _GOAL_SHOWN else f"{row.goal[:_GOAL_SHOWN]}..."
    why = f": {row.reason}" if row.reason else ""
    more = f" - /fg {row.pid} shows its answer" if row.output else ""
    return f"agent {row.pid} {row.state} ({goal}){why}{more}"


def grid(rows: Iterable[ProcessRow]) -> RenderableType:
    """Agents as a table."""
    found = table("agent", "state", "started", "by", "goal", "used", "why", right=("agent",))
    for row in rows:
        state = State(row.state)
        found.add_row(
            Text(str(row.pid)),
            Text(row.state, style=_STYLES.get(state, "red")),
            Text(ago(row.started, time.time())),
            name(row.owner),
            name(row.goal[:_GOAL_SHOWN]),
            Text(used(row)),
            name("; ".join(filter(None, (row.reason, "" if state.is_end else row.near)))[:_WHY_SHOWN]),
        )
    return found if found.row_count else notice("no agents; a request that ends in & starts one")


class News:
    """What of an agent's changes is worth a line at the prompt, each once."""

    def __init__(self) -> None:
        self._near: dict[int, str] = {}
        self._suspended: set[int] = set()

    def of(self, row: ProcessRow) -> str:
        """The line; empty where there is no news."""
        state = State(row.state)
        if state.is_end:
            self._near.pop(row.pid, None)
            self._suspended.discard(row.pid)
            return ending(row)
        if state is State.SUSPENDED and row.pid not in self._suspended:
            self._suspended.add(row.pid)
            return f"agent {row.pid} is suspended: {row.reason}"
        if state is State.RUNNING and row.pid in self._suspended:
            self._suspended.discard(row.pid)
            return f"agent {row.pid} goes on"
        if row.near and self._near.get(row.pid) != row.near:
            self._near[row.pid] = row.near
            return row.near
        return ""


def used(row: ProcessRow) -> str:
    """What an agent has used of its budgets: those it used most of, with their shares."""
    shares = {key: row.used.get(key, 0) / most for key, most in row.limits.items() if most and key in KINDS}
    most_used = sorted((key for key in shares if shares[key] >= _SHARE_SHOWN), key=lambda key: -shares[key])
    parts = [f"{100 * shares[key]:.0f} % of {KINDS[key].name}" for key in most_used[:2]]
    if cpu_s := row.used.get("cpu_s", 0):
        parts.append(f"cpu {KINDS['cpu_s'].show(cpu_s)}")
    return ", ".join(parts)


class Crew:
    """The commands."""

    def __init__(self, kernel: Kernel, console: Console) -> None:
        self._kernel = kernel
        self._console = console
        self._agents = kernel.host.agents
        self._interrupted: list[ProcessRow] = []

    async def jobs(self, words: list[str]) -> Result:
        """`/jobs`: those of this kernel, and those that a kernel which died left behind."""
        if words:
            raise BadArgument(f"/jobs takes nothing, got {' '.join(words)!r}")
        folders = self._kernel.settings.folders
        self._interrupted += settle(self._kernel.journal, lambda session: is_alive(folders, session))
        self._console.show(grid([*self._interrupted, *(agent.row for agent in self._agents)]))
        return Result(End.DONE, ())

    async def fg(self, words: list[str]) -> Result:
        """`/fg [N]`: wait for it; stopping the wait does not stop the agent."""
        agent = self._agents.get(_pid(words[0])) if words else self._latest()
        if not agent.state.is_end:
            self._console.note(f"waiting for agent {agent.row.pid}; Ctrl-C stops the waiting, not the agent")
        await agent.ended.wait()
        if agent.row.output:
            self._console.show(marked(agent.row.output))
        for question in agent.row.questions:
            self._console.note(f"it would have asked you: {question}")
        self._console.note(
            f"agent {agent.row.pid} {agent.row.state}" + (f": {agent.row.reason}" if agent.row.reason else "")
        )
        return Result(End.DONE, ())

    async def kill(self, words: list[str]) -> Result:
        """`/kill N`."""
        if len(words) != 1:
            raise BadArgument("expected the number of an agent, such as /kill 2; /jobs lists them")
        agent = self._agents.get(_pid(words[0]))
        if agent.state.is_end:
            raise BadArgument(f"agent {agent.row.pid} has ended already: {agent.row.state}")
        await self._agents.stop([agent], "you stopped it")
        return Result(End.DONE, ())

    def _latest(self) -> Agent:
        found = list(self._agents)
        if not found:
            raise BadArgument("there is no agent in the background; a request that ends in & starts one")
        return found[-1]


def _pid(word: str) -> int:
    if not word.lstrip("%").isdecimal() or len(word) > 9:
        raise BadArgument(f"expected the number of an agent, got {word!r}; /jobs lists them")
    return int(word.lstrip("%"))
