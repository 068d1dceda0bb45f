"""How `aosh top` looks."""

from rich.console import RenderableType
from rich.text import Text

from apps.shell.render.machine import bar
from apps.shell.render.view import facts, name, stack, table
from apps.shell.top.scene import Scene
from syscalls.sys import human


def top(scene: Scene, most_rows: int = 1000) -> RenderableType:
    """The machine on a few lines, then a row a tree."""
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
        return stack(grid, Text("no session of aosh runs, and no warm mind", style="dim"))
    return stack(grid, rows)
