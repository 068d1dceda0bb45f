"""Serves `sched.*`: words become a job in the store, shown back in full before it is kept."""

import datetime as dt
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from kernel.drivers.port import Answer, Prepared
from kernel.process import Process
from kernel.schedule.job import SAY, Job, State, Work
from kernel.schedule.store import Store
from kernel.times.resolve import When, resolve
from kernel.times.say import say_moment, say_rule
from kernel.times.zone import own_zone
from syscalls import sched
from syscalls.caps import Right
from syscalls.declare import Effect
from syscalls.errors import BadArgument, NotFound
from syscalls.labels import NONE, Labels
from syscalls.sched import JobInfo, Jobs, Later
from syscalls.table import AnyCall
from syscalls.undo import Plan

_NAME_LENGTH = 40
Found = tuple[Job, State, float | None]


class Line(NamedTuple):
    """What a typed line means."""

    name: str
    arguments: dict[str, Any]
    effect: Effect


class Schedule:
    """Jobs of one user."""

    def __init__(
        self,
        store: Store,
        read_line: Callable[[str], Line],
        changed: Callable[[], None],
        *,
        clock: Callable[[], float] = time.time,
        zone: Callable[[], ZoneInfo] = own_zone,
    ) -> None:
        """Serves from a store.

        Args:
            store: the jobs.
            read_line: reads `:area.verb key=value` and `!program arguments`; raises SysError.
            changed: told whenever a job was made or changed.
            clock: Unix time.
            zone: the user's.
        """
        self._store = store
        self._read_line = read_line
        self._changed = changed
        self._clock = clock
        self._zone = zone

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """`sched.list`."""
        del process, call, arguments
        return Answer(Jobs(infos_of(self._store)))

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Settle what would be kept or changed; nothing is yet."""
        if call.name in (sched.at.name, sched.every.name):
            asked = msgspec.convert(arguments, Later)
            return _Pending(self._made(process, asked, is_repeated=call is sched.every), self._keep)
        found = self.find(arguments["job"])
        act = {
            sched.cancel.name: self._store.cancel,
            sched.pause.name: self._store.pause,
            sched.resume.name: self._store.resume,
            sched.run_now.name: self._store.make_due,
            sched.stop.name: self.stop,
        }[call.name]

        def turn(job: Job) -> Answer:
            act(job.id)
            self._changed()
            return Answer(sched.Job(self.found(job.id)))

        return _Pending(found[0], turn, self.found(found[0].id).line())

    def found(self, id_: str) -> JobInfo:
        """The job of that id as people see it. Raises NotFound."""
        running, failures = self._store.log.under_way(), self._store.failures()
        return info_of(*self._store.get(id_), running.get(id_, 0), failures.get(id_, 0))

    def stop(self, id_: str) -> None:
        """Ask for the end of its run. Raises NotFound where none goes on."""
        if not self._store.log.stop(id_):
            raise NotFound(
                f"no run of {self._store.get(id_)[0].name!r} goes on now; `aosh jobs cancel` lets it happen no more"
            )

    def find(self, said: str) -> Found:
        """The one job that has this id, this name, or these words.

        Raises:
            NotFound: none has.
            BadArgument: several have; they are named.
        """
        known = self._store.listed()
        try:
            return self._store.get(said)
        except NotFound:
            pass
        words = said.lower().split()
        exact = [each for each in known if each[0].name.lower() == said.lower()]
        found = exact or [
            each
            for each in known
            if all(word in f"{each[0].name} {_what(each[0])}".lower() for word in words)
        ]
        if not found:
            names = ", ".join(f"{job.id} ({job.name})" for job, _, _ in known[:5]) or "nothing is scheduled"
            raise NotFound(f"no job {said!r}; there is: {names}")
        if len(found) > 1:
            names = ", ".join(f"{job.id} ({job.name})" for job, _, _ in found[:5])
            raise BadArgument(f"{said!r} may be {names}; an id would be accepted")
        return found[0]

    def _made(self, process: Process, asked: Later, *, is_repeated: bool) -> Job:
        when = self._settled(asked.when, is_repeated=is_repeated)
        work, is_idempotent = self._work(asked)
        return Job(
            id=os.urandom(3).hex(),
            name=asked.name.strip() or (asked.what or asked.say).strip()[:_NAME_LENGTH],
            work=work,
            zone=str(self._zone()),
            at=when.at.timestamp() if when.at and when.rule is None else None,
            rule=when.rule,
            caps=tuple(
                sorted(
                    (cap for cap in process.caps if cap.right is not Right.SCHEDULE),
                    key=lambda cap: (cap.right.value, cap.scope),
                )
            ),
            cwd=process.cwd,
            misfire=asked.misfire,
            overlap=asked.overlap,
            is_idempotent=is_idempotent,
        )

    def _settled(self, words: str, *, is_repeated: bool) -> When:
        zone = self._zone()
        when = resolve(words, dt.datetime.fromtimestamp(self._clock(), zone), zone)
        if when.kind not in ("once", "many"):
            raise BadArgument(when.words)
        if is_repeated is not (when.kind == "many"):
            other = sched.at.name if is_repeated else sched.every.name
            kind = "happens once" if is_repeated else "happens again and again"
            raise BadArgument(f"{words!r} ({when.words}) {kind}; {other} takes it")
        return when

    def _work(self, asked: Later) -> tuple[Work, bool]:
        """What the job does, and whether doing it twice does no harm."""
        what, say = asked.what.strip(), asked.say.strip()
        if bool(what) is bool(say):
            given = "both" if what else "none"
            raise BadArgument(f"expected exactly one of what (a request) and say (a reminder), got {given}")
        if say:
            return Work("call", SAY, {"message": say}), True
        if not what.startswith((":", "!")):
            return Work("words", what), False
        line = self._read_line(what)
        if line.name.startswith("sched."):
            raise BadArgument(f"a job cannot make or change jobs, got {what!r}")
        return Work("call", line.name, line.arguments), not line.effect.is_side_effect

    def _keep(self, job: Job) -> Answer:
        due = self._store.add(job)
        self._changed()
        return Answer(sched.Job(info_of(job, "waiting", due)))


class _Pending:
    """A change of the jobs that may happen. `labels` are set by the gate: where the arguments came from."""

    labels: Labels = NONE

    def __init__(self, job: Job, act: Callable[[Job], Answer], shown: str = "") -> None:
        self._job, self._act = job, act
        self.plan = Plan((), (), flags=(shown or f"{_when(job)}: {_what(job)}",))

    async def commit(self) -> Answer:
        """Write it."""
        return self._act(msgspec.structs.replace(self._job, labels=self.labels))

    async def abort(self) -> None:
        """Nothing was begun."""


def infos_of(store: Store) -> tuple[JobInfo, ...]:
    """All jobs that are not over, as people see them, the next due first."""
    running, failures = store.log.under_way(), store.failures()
    return tuple(
        info_of(job, state, due, running.get(job.id, 0), failures.get(job.id, 0))
        for job, state, due in store.listed()
    )


def info_of(job: Job, state: State, due: float | None, running: int = 0, failures: int = 0) -> JobInfo:
    """A job as people see it."""
    ahead = say_moment(dt.datetime.fromtimestamp(due, ZoneInfo(job.zone))) if due is not None else ""
    return JobInfo(
        job.id,
        job.name,
        _what(job),
        _when(job),
        ahead,
        due,
        job.zone,
        state,
        job.misfire,
        job.cwd,
        job.overlap,
        running,
        failures,
    )


def _when(job: Job) -> str:
    if job.rule is not None:
        return say_rule(job.rule)
    return say_moment(dt.datetime.fromtimestamp(job.at or 0.0, ZoneInfo(job.zone)))


def _what(job: Job) -> str:
    work = job.work
    if work.kind == "words":
        return work.text
    if work.text == SAY:
        return f"say {work.arguments['message']}"
    words = [f"{key}={msgspec.json.encode(value).decode()}" for key, value in work.arguments.items()]
    return " ".join([f":{work.text}", *words])
