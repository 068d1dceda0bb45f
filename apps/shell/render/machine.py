"""How the machine looks: its state, its processes, its tools."""

from rich.console import RenderableType
from rich.text import Text

from apps.shell.render.view import View, cut, facts, first, name, stack, table
from syscalls.sys import Processes, Status
from syscalls.taste import ago
from syscalls.tool import Tools

_EFFECT_STYLES = {
    "none": "dim",
    "read": "green",
    "write": "yellow",
    "delete": "red",
    "exec": "red",
    "net": "magenta",
    "memory": "yellow",
    "schedule": "yellow",
}
_BAR_CELLS = 20


def status(value: Status, view: View) -> RenderableType:
    """One line a part; only the parts that were asked for and exist."""
    grid = facts()
    for key, fact in _facts_of(value, view):
        grid.add_row(Text(key), fact)
    disks, left_out = first(value.disks, view.limits.rows)
    for disk in disks:
        used = 100 * disk.used_bytes / disk.total_bytes if disk.total_bytes else 0.0
        fact = bar(used).append(f" {view.size(disk.free_bytes)} free of {view.size(disk.total_bytes)}")
        grid.add_row(name(f"disk {disk.mount}"), fact)
    for resource, share in value.pressure.items():
        grid.add_row(name(f"pressure {resource}"), Text(f"{share:.1f} %"))
    for part in value.missing:
        grid.add_row(name(part), Text("this machine has none", style="dim"))
    return stack(grid, view.more(left_out, "disks"))


def _facts_of(value: Status, view: View) -> list[tuple[str, Text]]:
    rows: list[tuple[str, Text]] = []
    if value.cpu_percent is not None:
        rows.append(("cpu", bar(value.cpu_percent).append(f" of {value.cpu_count or '?'} cores")))
    if value.load is not None:
        rows.append(("load", Text(" ".join(f"{each:.2f}" for each in value.load) + "  (1, 5, 15 min)")))
    rows += _share(view, "memory", value.memory_available_bytes, value.memory_total_bytes)
    if value.swap_total_bytes is not None and value.swap_used_bytes is not None:
        rows += _share(view, "swap", value.swap_total_bytes - value.swap_used_bytes, value.swap_total_bytes)
    if value.sent_bytes is not None and value.received_bytes is not None:
        text = f"{view.size(value.sent_bytes)} sent, {view.size(value.received_bytes)} received since boot"
        rows.append(("network", Text(text)))
    if value.battery_percent is not None:
        plugged = "plugged in" if value.battery_plugged else "on battery"
        rows.append(("battery", Text(f"{value.battery_percent:.0f} % ({plugged})")))
    if value.uptime_s is not None:
        rows.append(("up", Text(ago(0, value.uptime_s).removesuffix(" ago"))))
    return rows


def _share(view: View, key: str, free_bytes: int | None, total_bytes: int | None) -> list[tuple[str, Text]]:
    if free_bytes is None or not total_bytes:
        return []
    used = 100 * (total_bytes - free_bytes) / total_bytes
    return [(key, bar(used).append(f" {view.size(free_bytes)} free of {view.size(total_bytes)}"))]


def bar(percent: float) -> Text:
    """A share of 100 as a bar and a number."""
    level = min(max(percent, 0.0), 100.0) if percent == percent else 0.0
    style = "red" if level >= 90 else "yellow" if level >= 70 else "green"
    full = round(level * _BAR_CELLS / 100)
    return Text.assemble(("━" * full, style), ("·" * (_BAR_CELLS - full), "dim"), f" {percent:3.0f} %")


def processes(value: Processes, view: View) -> RenderableType:
    """One row a process."""
    items, left_out = first(value.items, view.limits.rows)
    columns = ["pid", "cpu", "memory", "name"]
    if view.is_wide:
        columns = ["pid", "cpu", "memory", "user", "started", "name", "command"]
    grid = table(*columns, right=("pid", "cpu", "memory"))
    for item in items:
        cells = {
            "pid": str(item.pid),
            "cpu": f"{item.cpu_percent:.1f} %",
            "memory": view.size(item.memory_bytes),
            "user": item.user,
            "started": ago(item.started, view.now),
            "name": item.name,
            "command": item.command,
        }
        grid.add_row(*(name(cells[key], "bold" if key == "name" else "") for key in columns))
    hidden = value.total - len(value.items)
    remark = cut(f"{hidden} more run; raise limit= to see them" if hidden > 0 else "")
    return stack(grid, view.more(left_out, "processes"), remark)


def tools(value: Tools, view: View) -> RenderableType:
    """One row a call, with the class of its effect."""
    items, left_out = first(value.items, view.limits.rows)
    columns = ["call", "effect", "what it does"]
    has_apps = any(item.app != "aosh" for item in items)
    if has_apps:
        columns.append("app")
    grid = table(*columns)
    for item in items:
        effect = name(item.effect, _EFFECT_STYLES.get(item.effect, ""))
        cells = [name(item.name, "bold"), effect, name(item.summary)]
        grid.add_row(*cells, *([name(item.app, "dim")] if has_apps else []))
    return stack(grid, view.more(left_out, "calls"))


def effect_style(effect: str) -> str:
    """The colour of an effect class."""
    return _EFFECT_STYLES.get(effect, "yellow")
