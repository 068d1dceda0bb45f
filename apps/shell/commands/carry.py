"""Memories as JSON lines: out, and in again through the gate."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from apps.shell.boot import Kernel
from kernel.call import Err, Proposal
from syscalls.errors import BadArgument
from syscalls.labels import USER, labels_of
from syscalls.mem import Loaded, Memory

MOST = 200
"""Memories stored at once."""
MOST_CHARACTERS = 1 << 20
_KINDS = ("fact", "preference", "episode")


def exported(found: Sequence[Memory]) -> Iterator[bytes]:
    """A line each, oldest first, what was replaced before what replaced it."""
    return (msgspec.json.encode(each) + b"\n" for each in sorted(found, key=lambda each: each.id))


async def imported(kernel: Kernel, raw: bytes, path: str, *, is_mine: bool) -> int:
    """Store what was exported with its history, times and pins, and how many that are.

    Not `is_mine`: all of it is kept as coming from the file, which nobody vouches for.

    Raises:
        BadArgument: a line is no memory; nothing is stored.
        SysError: as `mem.load`; says how many were stored before.
    """
    found = [_memory(line, number) for number, line in enumerate(raw.splitlines(), 1) if line.strip()]
    labels = USER if is_mine else labels_of([f"file:{path}"], trusted=False)
    before = {each.replaced_by: each.id for each in found if each.replaced_by is not None}
    kept: dict[int, int] = {}
    for space in ("user", "project"):
        for batch in _batches([each for each in found if each.space == space]):
            items = _items(batch, before, kept)
            arguments = {"items": items, "space": space, "force": is_mine}
            proposal = Proposal("mem.load", arguments, labels, origin="kernel")
            reply = await kernel.gate(kernel.make(kernel.settings), proposal)
            if isinstance(reply, Err):
                raise type(reply.error)(f"after {len(kept)} memories: {reply.error}")
            assert isinstance(reply.value, Loaded)
            kept |= dict(zip((each.id for each in batch), reply.value.ids, strict=True))
    return len(kept)


def _batches(found: Sequence[Memory]) -> Iterator[list[Memory]]:
    """A few at a time, oldest first: what was replaced before what replaced it."""
    batch: list[Memory] = []
    size = 0
    for each in sorted(found, key=lambda each: each.id):
        size += len(each.said)
        if batch and (len(batch) == MOST or size > MOST_CHARACTERS):
            yield batch
            batch, size = [], len(each.said)
        batch.append(each)
    if batch:
        yield batch


def _items(batch: Sequence[Memory], before: dict[int, int], kept: dict[int, int]) -> list[dict[str, Any]]:
    """The batch as arguments; `before` is what each replaced, `kept` what is stored already."""
    place = {each.id: at for at, each in enumerate(batch, 1)}
    return [
        {
            "text": each.said, "kind": each.kind if each.kind in _KINDS else "fact", "made": each.made,
            "expires": each.expires or 0.0, "pinned": each.pinned, "thread": each.thread,
            "sources": list(each.sources), "private": each.private,
            "replaces": kept.get(before.get(each.id, 0), 0),
            "replaces_item": place.get(before.get(each.id, 0), 0),
        }
        for each in batch
    ]  # fmt: skip


def _memory(line: bytes, number: int) -> Memory:
    try:
        found = msgspec.json.decode(line, type=Memory)
    except (msgspec.DecodeError, UnicodeDecodeError) as odd:
        raise BadArgument(
            f"import: line {number}: expected a memory as `aosh memory export` writes it: {odd}"
        ) from None
    if found.space not in ("user", "project"):
        raise BadArgument(f"import: line {number}: space: expected user or project, got {found.space!r}")
    return found
