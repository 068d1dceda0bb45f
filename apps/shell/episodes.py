"""What was done in earlier sessions, remembered: written when a session has ended, or when somebody asks for it.

The journal is what it is made of. That it is about to be written is made durable first, so after a kill it may be
missing and is never there twice; two shells that write at once wait for each other.
"""

import asyncio
import datetime as dt
import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

from apps.shell.alive import is_alive
from apps.shell.settings import Settings
from apps.shell.wording import short
from kernel.call import Ok, Proposal
from kernel.gate import Gate
from kernel.journal.digest import KINDS, Told, lines, told
from kernel.journal.effects import EFFECT_KINDS, effects
from kernel.journal.port import Journal
from kernel.journal.records import EpisodeRow
from kernel.policy import Verdict
from kernel.process import Process
from syscalls.errors import SysError
from syscalls.labels import USER
from syscalls.model import Generated

LOCK = "episodes.lock"
DAYS = 30
"""Sessions that ended longer ago are not written any more."""
MOST_SESSIONS = 200
"""At once; the newest."""
RESTS_S = 5.0
"""A session that runs elsewhere is told of, as far as it has come, when nothing happened in it for so long."""
WRITING_S = 20.0
"""Longest time a model gets."""
_ASK = (
    "These are notes of what a person did in a session of a shell. Say in at most three plain sentences what was done "
    "and what was undone, from the notes alone, with nothing added."
)


class Episodes:
    """Writes what sessions did into the memory."""

    def __init__(
        self, settings: Settings, session: str, journal: Journal, gate: Gate, process: Callable[[], Process]
    ) -> None:
        """Args: `process` makes the one on whose behalf it is remembered."""
        self._settings = settings
        self._session = session
        self._journal = journal
        self._gate = gate
        self._process = process

    @property
    def is_on(self) -> bool:
        """Whether anything is written at all."""
        return self._settings.config.memory.episodes and not self._settings.is_ephemeral

    async def end(self) -> int:
        """This session ends: write what it did, in a model's words too where it has one; how many were written."""
        return await self._write(self._session, with_words=True)

    async def catch_up(self) -> int:
        """Write what other sessions did."""
        return await self._write("", with_words=False)

    async def _write(self, own: str, *, with_words: bool) -> int:
        if not self.is_on or not self._is_allowed():
            return 0
        with _alone(self._settings) as is_first:
            if not is_first:
                return 0
            parts = self._pending(own)
            if not parts:
                return 0
            upto = {part.session: part.upto for part in parts}
            self._journal.append(self._session, "episode", EpisodeRow(upto), durable=True)
            count = 0
            for group in _groups(parts):
                count += await self._remember(group, with_words=with_words)
            return count

    def _is_allowed(self) -> bool:
        """Whether policy lets something be remembered without a question: nobody is asked about this."""
        proposal = Proposal("mem.store", {"text": "-", "kind": "episode"}, USER, origin="kernel")
        process = self._process()
        try:
            return (
                self._gate.authorise(process, *self._gate.decode(process, proposal)).verdict is Verdict.ALLOW
            )
        except SysError:
            return False

    def _pending(self, own: str) -> list[Told]:
        """What was not written yet of sessions that have ended, and of `own`."""
        done: dict[str, int] = {}
        for row in self._journal.rows(kinds=("episode",)):
            record = row.record()
            assert isinstance(record, EpisodeRow)
            done |= {name: max(seq, done.get(name, 0)) for name, seq in record.upto.items()}
        now = time.time()
        spans = [
            span
            for span in self._journal.sessions()
            if span.session == own
            or (span.session != self._session and span.last > now - DAYS * 86_400 and self._rests(span.session, span.last, now))
        ][-MOST_SESSIONS:]  # fmt: skip
        rows = {span.session: list(self._journal.rows(span.session, KINDS)) for span in spans}
        if not any(each and each[-1].seq > done.get(name, 0) for name, each in rows.items()):
            return []
        standing = {
            effect.seq: effect
            for effect in effects(self._journal.rows(kinds=EFFECT_KINDS))
            if effect.undoes is None
        }
        busy = {effect.session for effect in standing.values() if effect.status == "open"}
        found = [
            told(name, each, standing, done.get(name, 0))
            for name, each in rows.items()
            if name not in busy or not is_alive(self._settings.folders, name)
        ]
        return [each for each in found if each is not None]

    def _rests(self, session: str, last: float, now: float) -> bool:
        return last < now - RESTS_S or not is_alive(self._settings.folders, session)

    async def _remember(self, parts: Sequence[Told], *, with_words: bool) -> int:
        from apps.memory.secrets import looks_secret

        did = lines(parts, lambda text: bool(looks_secret(text)))
        if not did:
            return 0
        text = "\n".join((self._head(parts), *did))
        if with_words and (words := await self._in_words(text)):
            text = f"{text}\n{words}"
        arguments = {"text": text[:16_000], "kind": "episode", "made": int(parts[0].began)}
        reply = await self._gate(self._process(), Proposal("mem.store", arguments, USER, origin="kernel"))
        return int(isinstance(reply, Ok))

    def _head(self, parts: Sequence[Told]) -> str:
        from kernel.times.zone import own_zone

        zone = own_zone()
        first = dt.datetime.fromtimestamp(parts[0].began, zone)
        last = dt.datetime.fromtimestamp(max(part.asked[-1].ts for part in parts), zone)
        span = f"{first:%H:%M}" if f"{first:%H:%M}" == f"{last:%H:%M}" else f"{first:%H:%M} to {last:%H:%M}"
        where = short(Path(parts[0].cwd), self._settings.home)
        return f"{first:%Y-%m-%d}, {span}, in {where}:"

    async def _in_words(self, notes: str) -> str:
        """A model's words for it; empty where there is none, or it says nothing in time."""
        arguments = {"prompt": _ASK, "input": notes, "max_tokens": 160}
        with suppress(TimeoutError):
            async with asyncio.timeout(WRITING_S):
                reply = await self._gate(
                    self._process(), Proposal("model.generate", arguments, USER, origin="kernel")
                )
                if (
                    isinstance(reply, Ok)
                    and isinstance(reply.value, Generated)
                    and reply.value.content.strip()
                ):
                    return f"In the words of {reply.value.model}: {' '.join(reply.value.content.split())[:1_000]}"
        return ""


def _groups(parts: Sequence[Told]) -> Iterator[list[Told]]:
    """Those of one folder and day together, in their order."""
    from kernel.times.zone import own_zone

    zone = own_zone()

    def key(part: Told) -> tuple[str, dt.date]:
        return part.cwd, dt.datetime.fromtimestamp(part.began, zone).date()

    for _, group in groupby(sorted(parts, key=lambda part: (*key(part), part.began)), key):
        yield list(group)


@contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    """Whether nobody else writes now, for as long as the block lasts."""
    with open(settings.folders.state / LOCK, "ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
