"""How `aosh top` looks."""

from rich.console import RenderableType
from rich.text import Text

from apps.shell.render.machine import bar
from apps.shell.render.view import absolute, facts, name, stack, table
from apps.shell.seen import AgentSeen
from apps.shell.top.scene import Scene
from kernel.meter import KINDS
from syscalls.sys import human

_SHARE_SHOWN = 0.05


def top(scene: Scene, most_rows: int = 1000, chosen: int = -1) -> RenderableType:
    """The machine on a few lines, then agents, a row a tree, and what is due.

    Args:
        scene: what there is.
        most_rows: of trees.
        chosen: which of the scene's agents is marked.
    """
    machine, grid = scene.machine, facts()
    if machine.cpu_percent is not None:
        grid.add_row(Text("cpu"), bar(machine.cpu_percent).append(f" of {machine.cpu_count} cores"))
    if machine.memory_total_bytes and machine.memory_available_bytes is not None:
        used = 100 * (1 - machine.memory_available_bytes / machine.memory_total_bytes)
        free, total = human(machine.memory_available_bytes), human(machine.memory_total_bytes)
        grid.add_row(Text("memory"), bar(used).append(f" {free} free of {total}"))
    if machine.gpu_total_bytes and machine.gpu_used_bytes is not None:
        used = 100 * machine.gpu_used_bytes / machine.gpu_total_bytes
        grid.add_row(Text("gpu memory"), bar(used).append(f" of {human(machine.gpu_total_bytes)}"))
    if machine.pressure:
        shares = "  ".join(f"{resource} {share:.1f} %" for resource, share in machine.pressure.items())
        grid.add_row(Text("pressure"), Text(shares))
    if scene.kernels:
        grid.add_row(Text("queues"), Text(_queues(scene)))
    rows = table(
        "pid",
        "kind",
        "cpu",
        "memory",
        "processes",
        "written",
        "of",
        right=("pid", "cpu", "memory", "processes", "written"),
    )
    for tree in scene.trees[:most_rows]:
        written = "" if tree.written_bytes is None else human(tree.written_bytes)
        rows.add_row(
            str(tree.pid), tree.kind, f"{tree.cpu_percent:.1f} %", human(tree.rss_bytes), str(tree.process_count),
            written, name(tree.name),
        )  # fmt: skip
    if not scene.trees:
        rows_or_none: RenderableType = Text("no session of aosh runs, and no warm mind", style="dim")
    else:
        rows_or_none = rows
    return stack(grid, _agents(scene, chosen), rows_or_none, _jobs(scene))


def _queues(scene: Scene) -> str:
    """Turns on engines, what waits for room, and how fast models are."""
    kernels = scene.kernels
    running, waiting = sum(k.turns_running for k in kernels), sum(k.turns_waiting for k in kernels)
    parts = [
        f"{running} turns run, {waiting} wait",
        f"{sum(k.waiting_for_room for k in kernels)} wait for room",
    ]
    if held := sum(k.held for k in kernels):
        parts.append(f"{held} paused for want of memory")
    if scene.tokens_s is not None:
        parts.append(f"{scene.tokens_s:g} tokens/s")
    return " · ".join(parts)


def _agents(scene: Scene, chosen: int) -> RenderableType | None:
    programs = [
        (kernel.kernel, each) for kernel in scene.kernels for each in kernel.programs if each.process == 1
    ]
    if not scene.agents and not programs:
        return None
    rows = table(
        "agent", "state", "nice", "cpu", "memory", "tokens", "budget", "does", right=("agent", "nice", "cpu", "memory", "tokens")
    )  # fmt: skip
    for number, (_, agent) in enumerate(scene.agents):
        rows.add_row(
            str(agent.pid), agent.state, str(agent.nice), f"{agent.used.get('cpu_s', 0):.1f} s",
            human(agent.memory_bytes), f"{agent.used.get('tokens', 0):g}", name(fullest(agent)),
            name(agent.goal[:60] + (f" ({agent.reason})" if agent.reason else "")),
            style="reverse" if number == chosen else "",
        )  # fmt: skip
    for _, program in programs:
        state = "paused" if program.why_paused else "program"
        rows.add_row(
            "", state, str(program.nice), f"{program.cpu_s:.1f} s", human(program.memory_bytes), "", "", name(program.name),
        )  # fmt: skip
    return rows


def fullest(agent: AgentSeen) -> str:
    """The budget of which the largest share is used; empty where nothing is limited."""
    shares = [(agent.used.get(key, 0) / most, key) for key, most in agent.limits.items() if most]
    if not shares:
        return ""
    share, key = max(shares)
    return f"{100 * share:.0f} % of {KINDS[key].name}" if key in KINDS and share >= _SHARE_SHOWN else ""


def _jobs(scene: Scene) -> RenderableType | None:
    if not scene.jobs:
        return None
    rows = table("next jobs", "due")
    for job in scene.jobs:
        rows.add_row(name(job.name), Text(absolute(job.due)))
    return rows
