"""Every hostile path in every path argument of every call, through the real gate and the real jailed drivers.

What is planted outside the workspace may appear in no reply and must stay as it is.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.shell.boot import Kernel
from evals.security.bench import InsideOnly, Watch, World, kernel_in, world
from evals.security.leaks import leaks
from evals.security.spellings import ODD, OWN, spellings
from kernel.call import Approver, Err, NoApprover, Ok, Proposal, Reply
from syscalls.table import Entry, Field

STEP = 400
"""Calls between two looks at what is outside."""
FITTING: dict[str, Any] = {
    "content": "written\n", "old": "alpha", "new": "ALPHA", "pattern": "a", "mode": "600", "question": "?",
    "steps": [], "argv": ["cat"], "overwrite": True,
}  # fmt: skip
"""What a call takes besides the path, by field."""
DOUBTFUL_ORIGINS = ("mind", "app:payloads")


@dataclass
class Payloads:
    """What came of one run."""

    calls: int = 0
    done: int = 0
    """Carried out, inside."""
    refused: dict[str, int] = field(default_factory=dict)
    """By the error's symbol."""
    escapes: list[str] = field(default_factory=list)
    """What was shown or changed though it is outside; none is the promise."""
    odd: int = 0
    odd_failed: list[str] = field(default_factory=list)
    """Harmless odd names that did not work."""
    seconds: float = 0.0

    def count(self, reply: Reply) -> None:
        """One more answer."""
        self.calls += 1
        if isinstance(reply, Ok):
            self.done += 1
        else:
            self.refused[reply.error.symbol] = self.refused.get(reply.error.symbol, 0) + 1


def slots(kernel: Kernel) -> list[tuple[Entry, Field]]:
    """Every path argument of the live table, hidden calls too."""
    return [(entry, one) for entry in kernel.table.values() for one in entry.fields if one.is_path]


def arguments_for(entry: Entry, slot: Field, path: str, inside: str = "a.txt") -> dict[str, Any]:
    """A call with `path` in one place and harmless values in the others that must be there."""
    found: dict[str, Any] = {}
    for each in entry.fields:
        if each.is_path and (each.is_required or each.name == slot.name):
            value: Any = path if each.name == slot.name else inside
            found[each.name] = [value] if each.is_list else value
        elif each.is_required or each.name in ("overwrite",):
            found[each.name] = FITTING.get(each.name, _of_kind(each))
    return found


def _of_kind(each: Field) -> Any:
    value: Any = 1 if each.kind in ("integer", "count", "size", "age") else "a"
    return [value] if each.is_list else value


async def attack(
    approver: Approver, texts: Sequence[str], result: Payloads, every: int = 1, offset: int = 0
) -> None:
    """Every spelling of every text in every slot; with `every`, each n-th of these calls only."""
    with world() as place:
        texts = spellings((*OWN, *texts), place.work.parent)
        async with kernel_in(place, approver, Watch()) as kernel:
            before = place.outside()
            pairs = [(entry, slot, text) for text in texts for entry, slot in slots(kernel)]
            for number, (entry, slot, text) in enumerate(pairs[offset::every]):
                arguments = arguments_for(entry, slot, text)
                origin = DOUBTFUL_ORIGINS[number % 2]
                reply = await kernel.gate(kernel.process, Proposal(entry.call.name, arguments, origin=origin))
                result.count(reply)
                if leak := leaks(reply):
                    result.escapes.append(f"{entry.call.name} {arguments!r} showed {leak!r}")
                place.furnish()
                if number % STEP == STEP - 1:
                    before = _compare(place, before, result, f"{entry.call.name} {arguments!r} or before")
            _compare(place, before, result, "the last calls")


def _compare(place: World, before: Any, result: Payloads, what: str) -> Any:
    now = place.outside()
    if now != before:
        result.escapes.append(f"something outside changed by {what}")
    return now


async def odd_names(result: Payloads, names: Sequence[str] = ODD) -> None:
    """Harmless odd names, in every file call that takes a path: they must work."""
    with world() as place:
        async with kernel_in(place, InsideOnly(), Watch()) as kernel:
            for name in names:
                for entry, slot in slots(kernel):
                    if entry.call.is_hidden or entry.call.area != "file":
                        continue
                    arguments = prepared(place, entry, slot, name)
                    reply = await kernel.gate(kernel.process, Proposal(entry.call.name, arguments))
                    result.odd += 1
                    if isinstance(reply, Err):
                        result.odd_failed.append(f"{entry.call.name} {arguments!r}: {reply.error}")


def prepared(place: World, entry: Entry, slot: Field, name: str) -> dict[str, Any]:
    """The call on a thing of that name, which is made or taken away as the call needs it."""
    place.furnish()
    path = place.work / name
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    if slot.kind == "folder":
        path.mkdir()
    elif entry.call.verb != "mkdir" and (entry.call.verb, slot.name) not in (("copy", "to"), ("move", "to")):
        path.write_text("alpha\n", "utf-8")
    return arguments_for(entry, slot, f"./{name}" if name.startswith("~") else name)


async def measure(texts: Sequence[str], every: int = 1, offset: int = 0) -> dict[str, Payloads]:
    """Both approvers over all texts, and the odd names with the one who is there."""
    found = {}
    for name, approver in approvers():
        result = found[name] = Payloads()
        started = time.perf_counter()
        await attack(approver, texts, result, every, offset)
        if approver.is_present:
            await odd_names(result)
        result.seconds = time.perf_counter() - started
    return found


def approvers() -> Iterator[tuple[str, Approver]]:
    """Who is asked."""
    yield "nobody there", NoApprover()
    yield "yes to inside only", InsideOnly()
