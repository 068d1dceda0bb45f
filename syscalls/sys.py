"""The machine itself: load, memory, disks, what runs. Looking only."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from syscalls.caps import Right
from syscalls.declare import Area, Args, Effect, Example, Hint, Value
from syscalls.errors import DeviceFailed
from syscalls.kinds import Count
from syscalls.taste import PLAIN, Taste

sys = Area("sys", "The machine")

Part = Literal["all", "cpu", "memory", "disk", "network", "battery", "load", "pressure"]


class StatusOf(Args):
    """Which part of the machine."""

    part: Part = "all"


class Disk(msgspec.Struct, frozen=True):
    """One mounted file system."""

    mount: str
    total_bytes: int
    used_bytes: int
    free_bytes: int


class Status(Value, frozen=True):
    """State of the machine; parts not asked for, or absent on it, are None or empty."""

    cpu_percent: float | None = None
    """Busy share of all cores over the last moment, 0 to 100."""
    cpu_count: int | None = None
    load: tuple[float, float, float] | None = None
    """Run-queue length over 1, 5, 15 minutes."""
    memory_total_bytes: int | None = None
    memory_available_bytes: int | None = None
    swap_total_bytes: int | None = None
    swap_used_bytes: int | None = None
    disks: tuple[Disk, ...] = ()
    sent_bytes: int | None = None
    """Since boot; likewise received."""
    received_bytes: int | None = None
    battery_percent: float | None = None
    battery_plugged: bool | None = None
    pressure: dict[str, float] = msgspec.field(default_factory=dict)
    """Share of the last 10 s some task waited, by resource (Linux PSI), 0 to 100."""
    uptime_s: float | None = None
    missing: tuple[str, ...] = ()
    """Parts that were asked for and this machine does not have, such as "battery"."""

    def text(self) -> str:
        """`name: value` lines."""
        return self.as_wanted(PLAIN, 0.0)

    def as_wanted(self, taste: Taste, now: float) -> str:
        """Likewise, with sizes as they are wanted."""
        human = taste.size
        lines = []
        if self.cpu_percent is not None:
            lines.append(f"cpu: {self.cpu_percent:.0f} % of {self.cpu_count} cores")
        if self.load is not None:
            lines.append("load: " + " ".join(f"{value:.2f}" for value in self.load))
        if self.memory_total_bytes is not None and self.memory_available_bytes is not None:
            free, total = human(self.memory_available_bytes), human(self.memory_total_bytes)
            lines.append(f"memory: {free} available of {total}")
        lines += [f"disk {d.mount}: {human(d.free_bytes)} free of {human(d.total_bytes)}" for d in self.disks]
        if self.sent_bytes is not None and self.received_bytes is not None:
            lines.append(f"network: {human(self.sent_bytes)} sent, {human(self.received_bytes)} received")
        if self.battery_percent is not None:
            plugged = "plugged in" if self.battery_plugged else "on battery"
            lines.append(f"battery: {self.battery_percent:.0f} % ({plugged})")
        lines += [f"pressure {name}: {value:.1f} %" for name, value in self.pressure.items()]
        if self.uptime_s is not None:
            lines.append(f"up: {self.uptime_s / 3600:.1f} hours")
        lines += [f"{name}: this machine has none" for name in self.missing]
        return "".join(f"{line}\n" for line in lines)


def human(size_bytes: int) -> str:
    """A size for people: "1.5 MB" (powers of 1000), exact below 1000 bytes."""
    return PLAIN.size(size_bytes)


def _part_hint(tool: str, says: str, part: Part, triggers: tuple[str, ...], *requests: str) -> Hint:
    return Hint(
        tool=tool,
        says=says,
        fixed={"part": part},
        triggers=triggers,
        examples=tuple(Example(r) for r in requests),
    )


@sys.call(
    1,
    effect=Effect.READ,
    rights=(Right.SYS_READ,),
    raises=(DeviceFailed,),
    hints=(
        _part_hint("disk_free", "Show free disk space.", "disk", ("df", "磁盘", "speicherplatz", "free space", "disk full", "disk space", "room left", "storage left"),
                   "how much disk space is free", "how much disk is left", "how much disk do I have left", "wie viel speicherplatz ist frei", "cuánto espacio queda en el disco", "combien d'espace disque reste-t-il", "磁盘还剩多少空间", "is there enough disk space", "is my disk full", "how much storage is left", "show free space on the drive", "how full is my disk", "do I have enough disk space", "how much room is left on the disk", "disk usage", "free disk space", "is the disk getting full", "how much space do I have left"),
        _part_hint("memory_free", "Show memory use.", "memory", ("free", "ram", "memory usage", "memory left", "how much ram"),
                   "how much memory is free", "how much ram do I have", "show memory usage", "memory usage", "mem usage", "how much memory is used", "how much ram is left", "how much memory does this computer have", "am I running out of memory"),
        _part_hint("cpu_load", "Show processor load.", "cpu", ("cpu", "processor", "load", "how busy", "cores"),
                   "how busy is the cpu", "wie hoch ist die cpu last", "what's the load on this machine", "how many cores do I have", "cpu usage", "how high is the cpu load", "show the processor load", "load average", "load avg"),
        _part_hint("battery_level", "Show the battery level.", "battery", ("battery", "charge", "plugged in"),
                   "how much battery is left", "is the laptop charging", "how is the battery", "battery level"),
        _part_hint("network_use", "Show network traffic.", "network", ("network traffic", "bandwidth", "sent", "received"),
                   "how much data was received", "show network usage", "show network traffic", "network statistics"),
        _part_hint("machine_status", "Show the state of this machine.", "all", ("system status", "how is the machine", "uptime", "health", "system info"),
                   "how is this machine doing", "system status", "how is my computer", "status of this machine", "how long has this computer been up", "show system information", "since when is the machine up"),
    ),
)  # fmt: skip
def status(a: StatusOf) -> Status:
    """CPU, memory, disks, network, battery, load and pressure of this machine."""


class ProcessesOf(Args):
    """Which processes, in which order."""

    order: Literal["cpu", "memory", "newest", "name"] = "cpu"
    name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    """Only those whose name or command line contains it; case is ignored."""
    limit: Count = 10


class Process(msgspec.Struct, frozen=True):
    """One running program."""

    pid: int
    name: str
    user: str
    cpu_percent: float
    """Of one core, over the sampling window."""
    memory_bytes: int
    """Resident set."""
    started: float
    command: str
    """Command line, cut at 200 characters."""


class Processes(Value, frozen=True):
    """Running programs."""

    items: tuple[Process, ...]
    total: int
    """How many run in all that match."""

    def text(self) -> str:
        """One line a process."""
        return self.as_wanted(PLAIN, 0.0)

    def as_wanted(self, taste: Taste, now: float) -> str:
        """Likewise, with sizes as they are wanted."""
        return "".join(
            f"{p.pid}\t{p.name}\t{p.cpu_percent:.1f} %\t{taste.size(p.memory_bytes)}\t{p.command}\n"
            for p in self.items
        )


@sys.call(
    2,
    effect=Effect.READ,
    rights=(Right.SYS_READ,),
    raises=(DeviceFailed,),
    label="tool",
    hints=(
        Hint(
            tool="busy_programs", says="Show programs using the most cpu.", fixed={"order": "cpu"},
            slots={"limit": "how many"},
            triggers=("top", "what is eating my cpu", "slow", "running programs", "processes", "using the processor", "what is running"),
            examples=(Example("what is using the most cpu"), Example("which program is eating my cpu"), Example("what hogs the processor"), Example("what is eating my processor"), Example("show running processes"),
                      Example("top 5 processes", {"limit": "5"}), Example("why is my computer so slow"), Example("list running processes"), Example("list the processes"), Example("what is running right now"), Example("what takes so much cpu"), Example("show the busiest programs"), Example("what programs are running"), Example("what's using my cpu"), Example("which processes are running")),
        ),
        Hint(
            tool="memory_programs", cue=r"mem|\bram\b", says="Show programs using the most memory.", fixed={"order": "memory"},
            slots={"limit": "how many"},
            triggers=("memory hog", "uses the most ram", "eating memory", "using memory"),
            examples=(Example("what's using the most memory"), Example("which program eats all my ram"), Example("which process uses the most memory"), Example("who is using all the memory"), Example("which programs are taking the most memory"),
                      Example("top 3 memory users", {"limit": "3"}), Example("top 5 processes by memory", {"limit": "5"}), Example("processes sorted by memory"), Example("which processes take the most ram")),
        ),
        Hint(
            tool="find_program", cue=r"running|process|\bpid\b|\bps\b|program|\bup\b|läuft|\bruns?\b", says="Find a running program by name.", slots={"name": "program name"}, needs=("name",),
            triggers=("is running", "ps", "pgrep", "process called", "pid of"),
            examples=(Example("is firefox running", {"name": "firefox"}), Example("what's the pid of nginx", {"name": "nginx"}),
                      Example("show python processes", {"name": "python"}), Example("is there a python process", {"name": "python"})),
        ),
    ),
)  # fmt: skip
def processes(a: ProcessesOf) -> Processes:
    """Running programs by CPU, memory, age or name."""


CALLS = (status, processes)
