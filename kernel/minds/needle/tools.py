"""The menus the engine sees: one terse tool a call, at most five on a shelf, in table order.

The engine pays for every token it is shown and its accuracy falls with the number of tools, so
the retrieval of `kernel.reader.choose` picks the shelf and the engine picks within it. Shelves
are fixed for a given table: a warm process has them bound and a turn costs no binding.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syscalls.declare import Hint
from syscalls.table import AnyCall

SHELF_SIZE = 5


@dataclass(frozen=True)
class Shelf:
    """Up to five tools and their JSON."""

    tools: dict[str, tuple[AnyCall, Hint]]
    menu: str


def shelves(menu: Sequence[AnyCall]) -> list[Shelf]:
    """Every call with hints, by its first way of asking, in shelves of one area each."""
    areas: dict[str, list[tuple[AnyCall, Hint]]] = {}
    for call in menu:
        for hint in call.hints[:1] if call.area == "file" else call.hints:
            areas.setdefault(call.area, []).append((call, hint))
    found = []
    for pairs in areas.values():
        for at in range(0, len(pairs), SHELF_SIZE):
            part = pairs[at : at + SHELF_SIZE]
            found.append(
                Shelf(
                    {hint.tool: (call, hint) for call, hint in part},
                    json.dumps([tool(h) for _, h in part], separators=(",", ":")),
                )
            )
    return found


def tool(hint: Hint) -> dict[str, Any]:
    """The engine's schema of a tool: its name, what it does, and the slots it cannot do without.

    The engine only votes on the call, so what its slots mean and those that may be left out are not
    shown: every token costs time, at binding and at each turn.
    """
    properties = {slot: {"type": "string"} for slot in hint.slots if slot in hint.needs}
    parameters: dict[str, Any] = {"type": "object", "properties": properties}
    if hint.needs:
        parameters["required"] = list(hint.needs)
    return {"name": hint.tool, "description": hint.says, "parameters": parameters}


def shelf_of(found: Sequence[Shelf], call: AnyCall) -> Shelf | None:
    """The shelf that holds a call."""
    for shelf in found:
        if any(each is call for each, _ in shelf.tools.values()):
            return shelf
    return None
