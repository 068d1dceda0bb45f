"""What this machine can do: the live list of calls, aosh's own and those of installed apps, and programs."""

from typing import Annotated

import msgspec
from msgspec import Meta

from syscalls.caps import Right
from syscalls.declare import Area, Args, Document, Effect, Example, Hint, Undo, Value
from syscalls.errors import (
    AccessDenied,
    BadArgument,
    DeviceFailed,
    NoRoom,
    NoSpace,
    NotFound,
    NotPermitted,
    Stale,
    TimedOut,
    TooBig,
    UnknownCall,
)
from syscalls.kinds import CommandWord, ReadFolder, Text
from syscalls.tool_hints import EXEC, FETCH
from syscalls.tool_net import Calling, Fetch, Fetched
from syscalls.tool_values import ENVIRONMENT, ENVIRONMENT_PATTERN, Ran

tool = Area("tool", "Tools")


class ListOf(Args):
    """Which tools."""

    area: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    """Only this namespace."""


class ToolInfo(msgspec.Struct, frozen=True):
    """One call as the table knows it."""

    name: str
    summary: str
    effect: str
    app: str
    """"aosh", or the plugin that serves it."""


class Tools(Value, frozen=True):
    """The visible calls."""

    items: tuple[ToolInfo, ...]

    def text(self) -> str:
        """One line a call."""
        return "".join(f"{item.name}\t{item.summary}\n" for item in self.items)


@tool.call(
    1,
    effect=Effect.READ,
    rights=(Right.TOOL_LIST,),
    hints=(
        Hint(
            tool="list_tools",
            cue=r"\byou\b|\bu\b|\bur\b|your|tools?\b|command|help|abilit|capab|feature|options",
            says="List what you can do.",
            triggers=(
                "what can you do",
                "which tools",
                "abilities",
                "help",
                "commands",
                "capabilities",
                "features",
                "how can you help",
            ),
            examples=(
                Example("what can you do?"),
                Example("what kind of things can I ask you"),
                Example("what are my options here"),
                Example("which tools do you have"),
                Example("list your commands"),
                Example("how can you help me"),
                Example("show available tools"),
                Example("list your tools"),
                Example("what are you able to do"),
                Example("which commands do you know"),
                Example("what are your capabilities"),
                Example("help"),
            ),
        ),
    ),
)
def list_(a: ListOf) -> Tools:
    """The calls visible to the asking process, with who serves them."""


VariableName = Annotated[
    str, Meta(pattern=ENVIRONMENT_PATTERN, description=f"one of the variables {', '.join(ENVIRONMENT)}")
]


class Exec(Args):
    """A program, and what it gets."""

    argv: Annotated[tuple[CommandWord, ...], Meta(min_length=1, max_length=4096)]
    """The program's name or path, then its arguments, one by one. No shell reads them."""
    stdin: Text = ""
    """What it reads on standard input."""
    cwd: ReadFolder = "."
    """The folder it starts in."""
    env: Annotated[dict[VariableName, Annotated[str, Meta(max_length=4096)]], Meta(max_length=32)] = (
        msgspec.field(default_factory=dict)
    )
    """Variables added to a small fixed environment; only harmless ones."""
    timeout_s: Annotated[int, Meta(ge=1, le=3600)] = 600
    """Seconds until it is stopped."""


@tool.call(
    2,
    effect=Effect.EXEC,
    rights=(Right.EXEC,),
    undo=Undo.RESTORE,
    raises=(
        BadArgument,
        NotFound,
        AccessDenied,
        NotPermitted,
        TooBig,
        Stale,
        NoSpace,
        DeviceFailed,
        NoRoom,
    ),
    hints=EXEC,
    label="tool",
)
def exec_(a: Exec) -> Ran:
    """Run a program in a jail, without a network; what it changes can be seen first, and undone.

    It works on the workspace, and nothing else of the machine can be written. Its changes land
    when it has ended, whole or not at all.
    """


@tool.call(
    3,
    effect=Effect.NET,
    rights=(Right.TOOL_LIST, Right.NET),
    undo=Undo.IMPOSSIBLE,
    raises=(BadArgument, NotPermitted, NotFound, AccessDenied, TimedOut, DeviceFailed),
    hints=FETCH,
    label="tool",
)
def fetch(a: Fetch) -> Fetched:
    """What stands at an http or https address, as text; of binary content its size and hash.

    Asked about unless its host is granted. Only hosts in the public internet, ports 80 and 443 unless another
    one is granted; at most 5 redirects, each to a granted host; no cookies, no proxies of the environment.
    What comes back is untrusted.
    """


@tool.call(
    4,
    effect=Effect.EXEC,
    rights=(Right.TOOL_LIST,),
    undo=Undo.IMPOSSIBLE,
    raises=(BadArgument, UnknownCall),
    label="app",
)
def call(a: Calling) -> Document:
    """A call of an installed app, by its name.

    It is checked, decided, asked about and journalled as that very call. MCP servers are not available yet.
    """


CALLS = (list_, exec_, fetch, call)
