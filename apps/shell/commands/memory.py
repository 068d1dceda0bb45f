"""`aosh memory`: everything that is remembered, to see, correct, forget and carry elsewhere. All through the gate."""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.text import Text

from apps.shell.boot import Kernel, boot, watch_nothing
from apps.shell.commands.carry import exported, imported
from apps.shell.commands.memory_files import reindex, repair, standing
from apps.shell.commands.output import complain, directory, parser_of, print_json, settings_at, show
from apps.shell.oneshot import write
from apps.shell.people import People, Talk
from apps.shell.render.escape import lines
from apps.shell.render.view import name, notice
from apps.shell.render.view import table as grid
from apps.shell.settings import Settings
from kernel.call import Approval, Choice, Err, Proposal
from kernel.loop import Nobody
from syscalls.errors import BadArgument, DeviceFailed, NotFound
from syscalls.mem import Kept, Memories, Memory

FILE = "memory.db"


class Typed:
    """Typing the command is the yes: to its own calls of the memory, and nothing else."""

    is_present = True

    async def approve(self, approval: Approval) -> Choice:
        """Yes to the memory's calls."""
        return Choice.ONCE if approval.call.name.startswith("mem.") else Choice.NO


def memory(args: Sequence[str]) -> int:
    """`aosh memory [list|show|search|forget|pin|export|import|stats|check|reindex|repair]`."""
    parser = _parser()
    options = parser.parse_intermixed_args(args)
    settings = settings_at(parser, options.directory)
    action: Callable[[argparse.Namespace, Settings], int] = _ACTIONS[options.action]
    return action(options, settings)


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("memory", json_too=True)
    directory(parser)
    parser.add_argument(
        "action", nargs="?", choices=tuple(_ACTIONS), default="list", metavar="ACTION",
        help="list (default), show ID, search WORDS, forget ID, pin ID, export, import FILE, stats, check, reindex, repair",
    )  # fmt: skip
    parser.add_argument(
        "what", nargs="*", metavar="ID|WORDS|FILE", help="which memory, words to look for, or a file"
    )
    parser.add_argument("--history", action="store_true", help="also what was replaced by something newer")
    parser.add_argument("--off", action="store_true", help="pin: no longer pinned")
    parser.add_argument("--anew", action="store_true", help="reindex: from nothing, not from where it stands")
    parser.add_argument(
        "--mine", action="store_true",
        help="import: the file is my own export; without it all of it is kept as not trusted",
    )  # fmt: skip
    return parser


def _made(settings: Settings, make: Callable[[Kernel], Coroutine[Any, Any, Any]]) -> Any:
    """What `make` gives of a running kernel."""

    async def inside() -> Any:
        people = People(Typed(), Nobody(), watch_nothing, Talk(complain))
        async with boot(settings, people) as kernel:
            return await make(kernel)

    return asyncio.run(inside())


async def call(kernel: Kernel, verb: str, **arguments: Any) -> Any:
    """The value of one call; raises its error."""
    reply = await kernel.gate(kernel.make(kernel.settings), Proposal(f"mem.{verb}", arguments))
    if isinstance(reply, Err):
        raise reply.error
    return reply.value


def _list(options: argparse.Namespace, settings: Settings) -> int:
    found = _all(settings, history=options.history)
    return _shown(found, options, "nothing is remembered yet")


def _search(options: argparse.Namespace, settings: Settings) -> int:
    words = " ".join(options.what)
    value = _made(
        settings, lambda kernel: call(kernel, "recall", text=words, limit=20, history=options.history)
    )
    assert isinstance(value, Memories)
    return _shown(value.items, options, f"nothing is remembered of {words!r}")


def _show(options: argparse.Namespace, settings: Settings) -> int:
    identity = _identity(options)
    found = [each for each in _all(settings, history=True) if each.id == identity]
    if not found:
        raise NotFound(f"nothing is remembered under {identity}; `aosh memory list` shows what is")
    if options.json:
        print_json(msgspec.to_builtins(found[0]))
        return 0
    for key, value in msgspec.to_builtins(found[0]).items():
        write(lines(f"{key}: {value}\n"))
    return 0


def _forget(options: argparse.Namespace, settings: Settings) -> int:
    return _did(
        options, _made(settings, lambda kernel: call(kernel, "forget", **_which(options.what, "forget")))
    )


def _pin(options: argparse.Namespace, settings: Settings) -> int:
    identity = _identity(options)
    return _did(
        options, _made(settings, lambda kernel: call(kernel, "pin", id=identity, pinned=not options.off))
    )


def _export(options: argparse.Namespace, settings: Settings) -> int:
    del options
    sys.stdout.buffer.writelines(exported(_all(settings, history=True)))
    sys.stdout.buffer.flush()
    return 0


def _import(options: argparse.Namespace, settings: Settings) -> int:
    path = Path(" ".join(options.what))
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise NotFound(f"import: expected a file to read, got {str(path)!r}: {error.strerror}") from None
    count = _made(settings, lambda kernel: imported(kernel, raw, str(path.absolute()), is_mine=options.mine))
    print_json({"imported": count}) if options.json else show(notice(f"{count} memories are there now"))
    return 0


def _stats(options: argparse.Namespace, settings: Settings) -> int:
    found = _all(settings, history=True)
    file = settings.folders.memory / FILE
    facts: dict[str, Any] = {
        "memories": sum(each.replaced_by is None for each in found),
        "replaced": sum(each.replaced_by is not None for each in found),
        "pinned": sum(each.pinned for each in found),
        "not trusted": sum(bool(each.sources) for each in found),
        "by space": dict(Counter(each.space for each in found)),
        "by kind": dict(Counter(each.kind for each in found)),
        "bytes": file.stat().st_size if file.exists() else 0,
    } | standing(settings)
    if options.json:
        print_json(facts)
    else:
        write("".join(f"{key}: {value}\n" for key, value in facts.items()))
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from memory.check import faults

    found = faults(settings.folders.memory / FILE)
    if options.json:
        print_json({"faults": found})
    elif not found:
        show(notice("the memory is whole"))
    if found:
        raise DeviceFailed(
            f"the memory is damaged: {'; '.join(found)}; `aosh memory repair` reads what can be read, and keeps the file"
        )
    return 0


def _all(settings: Settings, *, history: bool) -> tuple[Memory, ...]:
    """Everything; without starting anything where there is no memory yet."""
    if not (settings.folders.memory / FILE).exists():
        return ()
    value = _made(settings, lambda kernel: call(kernel, "list", limit=100_000, history=history))
    assert isinstance(value, Memories)
    return value.items


def _which(what: Sequence[str], verb: str) -> dict[str, Any]:
    words = " ".join(what)
    if not words:
        raise BadArgument(f"{verb}: expected a memory's number or what it is about, got nothing")
    return {"id": int(words)} if words.isascii() and words.isdigit() else {"about": words}


def _identity(options: argparse.Namespace) -> int:
    given = " ".join(options.what)
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise BadArgument(f"{options.action}: expected a memory's number, got {given!r}")
    return int(given)


def _did(options: argparse.Namespace, value: Kept) -> int:
    print_json(msgspec.to_builtins(value)) if options.json else write(lines(value.text()))
    return 0


def _shown(found: Sequence[Memory], options: argparse.Namespace, empty: str) -> int:
    if options.json:
        print_json(msgspec.to_builtins(found))
        return 0
    if not found:
        show(notice(empty))
        return 0
    rows = grid("id", "remembered", "kind", "space", "since", "why", right=("id",))
    for each in found:
        marks = (" (pinned)" if each.pinned else "") + (
            f" (replaced by {each.replaced_by})" if each.replaced_by else ""
        )
        rows.add_row(
            Text(str(each.id)), name(each.line + marks), Text(each.kind), Text(each.space), Text(each.day),
            name(each.why),
        )  # fmt: skip
    show(rows)
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "list": _list, "show": _show, "search": _search, "forget": _forget, "pin": _pin,
    "export": _export, "import": _import, "stats": _stats, "check": _check,
    "reindex": reindex, "repair": repair,
}  # fmt: skip
