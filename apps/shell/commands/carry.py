"""Memories as JSON lines: out, and in again through the gate."""

from collections.abc import Iterator, Sequence

import msgspec

from apps.shell.boot import Kernel
from kernel.call import Err, Proposal
from syscalls.errors import BadArgument
from syscalls.labels import USER, labels_of
from syscalls.mem import Memory


def exported(found: Sequence[Memory]) -> Iterator[bytes]:
    """A line each, oldest first, what was replaced before what replaced it."""
    return (msgspec.json.encode(each) + b"\n" for each in sorted(found, key=lambda each: each.id))


async def imported(kernel: Kernel, raw: bytes, path: str, *, is_mine: bool) -> int:
    """Store what was exported, and how many that are.

    What was replaced is left out. Not `is_mine`: all of it is kept as coming from the file, which nobody vouches for.

    Raises:
        BadArgument: a line is no memory; nothing is stored.
    """
    found = [_memory(line, number) for number, line in enumerate(raw.splitlines(), 1) if line.strip()]
    count = 0
    for each in found:
        if each.replaced_by is not None:
            continue
        labels = labels_of(each.sources, trusted=False) if each.sources else USER
        if not is_mine:
            labels = labels.join(labels_of([f"file:{path}"], trusted=False))
        kind = _KINDS.get(each.kind, "fact")
        arguments = {"text": each.said, "kind": kind, "space": each.space, "force": is_mine}
        reply = await kernel.gate(kernel.make(kernel.settings), Proposal("mem.store", arguments, labels))
        if isinstance(reply, Err):
            raise type(reply.error)(f"after {count} memories: {reply.error}")
        count += 1
    return count


_KINDS = {"preference": "preference"}


def _memory(line: bytes, number: int) -> Memory:
    try:
        return msgspec.json.decode(line, type=Memory)
    except (msgspec.DecodeError, UnicodeDecodeError) as odd:
        raise BadArgument(
            f"import: line {number}: expected a memory as `aosh memory export` writes it: {odd}"
        ) from None
