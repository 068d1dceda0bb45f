"""What this machine can do: the live list of calls, aosh's own and those of installed apps."""

from typing import Annotated

import msgspec
from msgspec import Meta

from syscalls.caps import Right
from syscalls.declare import Area, Args, Effect, Example, Hint, Value

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


CALLS = (list_,)
