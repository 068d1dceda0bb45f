"""What a person allowed for the rest of a session: "yes, for this scope", and taking it back.

A grant covers one call by its exact name within one scope: beneath a folder, the beginning of a
program's argument list, or one host. It answers the questions it was given for and no others, is
never widened, never covers a call whose arguments come from an untrusted source, and ends with the
session. Giving, using and revoking one is in the journal.
"""

import hashlib
import posixpath
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from kernel.call import Call
from kernel.journal.port import Journal
from kernel.journal.records import GrantRow
from kernel.policy import Decision
from kernel.rules.patterns import ARGV, URL, host_of
from syscalls.caps import is_beneath
from syscalls.errors import NotFound

_VERB = re.compile(r"[a-z][a-z0-9-]*")
_WRAPPERS = frozenset(
    "sh bash dash zsh fish ksh env sudo doas su nice nohup timeout time xargs find parallel watch "
    "python python3 perl ruby node deno lua awk gawk sed php ssh docker podman kubectl make".split()
)
"""Programs whose further words say what else to run: only the very same words are granted."""


class Scope(msgspec.Struct, frozen=True):
    """What a grant covers."""

    call: str
    kind: Literal["folder", "program", "host"]
    parts: tuple[str, ...]
    """A folder; the first words of a program, or all; a scheme, host and port."""
    is_whole: bool = False
    """For programs: the argument list must be exactly `parts`."""
    rest: str = ""
    """For programs and hosts: the digest of all other arguments, which must be the same."""
    asks: tuple[str, ...] = ()
    """The rules whose question was answered."""
    is_outside: bool = False
    """Whether it covers what no capability covers."""

    def words(self) -> str:
        """In words, as an approval offers it."""
        match self.kind:
            case "folder":
                where = f"beneath {self.parts[0]}"
            case "program":
                line = msgspec.json.encode(self.parts).decode()
                where = f"of exactly {line}" if self.is_whole else f"of programs that begin {line}"
            case _:
                where = f"of {self.parts[0]}://{self.parts[1]}{self.parts[2]}"
        return f"{self.call} {where} in this session"

    def covers(self, call: Call, decision: Decision) -> bool:
        """Whether a call is inside, and asked about for no other reason."""
        if call.name != self.call or not call.labels.is_trusted:
            return False
        if not set(decision.questions) <= set(self.asks) or (decision.outside and not self.is_outside):
            return False
        if self.kind == "folder":
            paths = [path for _, path in call.needed]
            folder = self.parts[0]
            return bool(paths) and all(path != folder and is_beneath(path, folder) for path in paths)
        if rest_of(call.arguments) != self.rest:
            return False
        if self.kind == "host":
            return host_of(call.arguments.get(URL)) == self.parts
        argv = tuple(call.arguments.get(ARGV, ()))
        return argv == self.parts if self.is_whole else argv[: len(self.parts)] == self.parts


class Grant(msgspec.Struct):
    """One that was given."""

    number: int
    """What `/grants revoke` takes; never given twice in a session."""
    scope: Scope
    uses: int = 0
    """Calls it answered for."""


class Grants:
    """The grants of one session."""

    def __init__(self, journal: Journal, session: str) -> None:
        self._journal = journal
        self._session = session
        self._standing: dict[int, Grant] = {}
        self._given = 0

    @property
    def standing(self) -> tuple[Grant, ...]:
        """Those that hold, in the order they were given."""
        return tuple(self._standing.values())

    def give(self, scope: Scope, call_id: str) -> Grant:
        """Keep a person's yes; it is in the journal before it holds."""
        grant = Grant(self._given + 1, scope)
        self._note("given", grant, call_id)
        self._given = grant.number
        self._standing[grant.number] = grant
        return grant

    def use(self, call: Call, decision: Decision) -> bool:
        """Whether an earlier yes answers for the call; if so, that is in the journal."""
        for grant in self._standing.values():
            if grant.scope.covers(call, decision):
                self._note("used", grant, call.id)
                grant.uses += 1
                return True
        return False

    def revoke(self, number: int) -> Grant:
        """Take one back; the next such call asks again.

        Raises:
            NotFound: none of that number holds.
        """
        grant = self._standing.pop(number, None)
        if grant is None:
            known = ", ".join(map(str, self._standing)) or "none"
            raise NotFound(f"no grant {number} holds; there is {known}")
        self._note("revoked", grant, "")
        return grant

    def _note(self, act: Literal["given", "used", "revoked"], grant: Grant, call_id: str) -> None:
        row = GrantRow(grant.number, act, grant.scope.words(), call_id)
        self._journal.append(self._session, "grant", row, durable=False)


def scope_of(call: Call, decision: Decision) -> Scope | None:
    """The scope to offer for a call; None where there is none, or an untrusted value would choose it."""
    if not call.labels.is_trusted:
        return None
    asks, is_outside = decision.questions, bool(decision.outside)
    argv = call.arguments.get(ARGV)
    if isinstance(argv, list) and argv:
        is_verb = len(argv) > 1 and _VERB.fullmatch(argv[1]) is not None
        is_whole = not is_verb or posixpath.basename(argv[0]) in _WRAPPERS
        parts = tuple(argv) if is_whole else tuple(argv[:2])
        return Scope(call.name, "program", parts, is_whole, rest_of(call.arguments), asks, is_outside)
    if URL in call.arguments:
        place = host_of(call.arguments[URL])
        rest = rest_of(call.arguments)
        return place and Scope(call.name, "host", place, False, rest, asks, is_outside)
    folder = common_folder(call)
    return Scope(call.name, "folder", (folder,), asks=asks, is_outside=is_outside) if folder else None


def common_folder(call: Call) -> str:
    """The folder that holds everything the call touches; empty where that would be the root."""
    folders = [posixpath.dirname(path) for _, path in call.needed]
    folder = posixpath.commonpath(folders) if folders else ""
    return "" if folder == "/" else folder


def rest_of(arguments: Mapping[str, Any]) -> str:
    """A digest of the arguments that a program's or a host's scope does not speak of."""
    others = {name: value for name, value in arguments.items() if name not in (ARGV, URL)}
    return hashlib.sha256(msgspec.json.encode(others, order="sorted")).hexdigest()
