"""Jobs from the call that makes them to the run that carries them out, on a real host."""

import asyncio
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from apps.shell.bell import listening, ring
from apps.shell.boot import Kernel, sit, watch_nothing
from apps.shell.early import prepare
from apps.shell.host import Host, open_host
from apps.shell.jobruns import JobRuns, keeper_of, now_held
from apps.shell.people import headless
from apps.shell.settings import Settings, folders
from kernel.call import Approval, Choice, Err, Ok, Proposal
from kernel.policy import Mode
from kernel.process import workspace_caps
from kernel.processes.agent import State
from kernel.processes.table import Agent
from kernel.schedule.job import Job, Run, Work
from kernel.schedule.keeper import Around, Ended
from kernel.schedule.server import infos_of
from syscalls import sched
from syscalls.caps import Cap, Right
from syscalls.errors import BadArgument, Denied, LabelStop, NotSupported
from syscalls.labels import labels_of

NOBODY = headless(watch_nothing)
WEB = labels_of(["web:example.org"], trusted=False)
RUN = Run(1, "j1", 0.0, 0.0, "me")


class Person:
    """Looks, and says yes."""

    is_present = True

    async def approve(self, approval: Approval) -> Choice:
        assert approval.plan is not None
        assert "copy notes to backup" in approval.plan.flags[0]
        return Choice.ONCE


def settings(base: Path) -> Settings:
    work = base / "work"
    (work / "notes").mkdir(parents=True)
    (work / "notes" / "a.txt").write_text("here\n", encoding="utf-8")
    return Settings(folders({"AOSH_HOME": str(base / "home")}, base), work, base, mind="reader", is_bare=True)


async def made(kernel: Kernel, line: str) -> sched.JobInfo:
    (reply,) = (await kernel.typed(line)).replies
    assert isinstance(reply, Ok), reply
    assert isinstance(reply.value, sched.Job)
    return reply.value.job


async def refused(kernel: Kernel, line: str) -> Exception:
    error = (await kernel.typed(line)).error
    assert error is not None
    return error


async def ran(host: Host, kernel: Kernel, id_: str) -> Ended:
    job, _, _ = host.jobs.store.get(id_)
    return await JobRuns(host, kernel.settings)(job, RUN)


async def test_a_job_is_shown_back_in_full_listed_held_and_canceled(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host, sit(host, chosen, NOBODY) as kernel:
        info = await made(kernel, ':sched.every when="every weekday at 9" what="copy notes to backup"')
        assert info.when == "every Monday to Friday at 09:00"
        assert info.next.endswith(" 09:00")
        assert info.zone
        assert (await made(kernel, ":sched.pause notes")).state == "paused"
        assert (await made(kernel, f":sched.resume {info.id}")).state == "waiting"
        assert (await made(kernel, ":sched.run_now backup")).next_at == pytest.approx(time.time(), abs=60)
        assert (await made(kernel, ":sched.cancel backup")).state == "canceled"
        (listed,) = (await kernel.typed(":sched.list")).replies
        assert isinstance(listed, Ok)
        assert listed.value.text() == ""
        assert listed.value.when_empty() == "nothing is scheduled"


REFUSED = [
    (':sched.at when="at 5" say=hey', " or "),
    (":sched.at when=yesterday say=hey", "has passed"),
    (':sched.every when="every 0 seconds" say=hey', "the least is every 1 second"),
    (':sched.at when="every day" say=hey', "sched.every takes it"),
    (':sched.every when="tomorrow" say=hey', "sched.at takes it"),
    (':sched.at when="tomorrow"', "exactly one of what"),
    (':sched.at when="tomorrow" say=a what=b', "got both"),
    (':sched.at when="purple" say=a', "no time I know"),
    (':sched.at when="tomorrow" what=":sched.list"', "cannot make or change jobs"),
    (':sched.at when="tomorrow" what=":file.raed a"', "file.raed"),
    (":sched.cancel nothing", "nothing is scheduled"),
]


async def test_what_cannot_be_scheduled_says_why_and_makes_nothing(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host, sit(host, chosen, NOBODY) as kernel:
        for line, says in REFUSED:
            assert says in str(await refused(kernel, line)), line
        assert host.jobs.store.listed() == []


async def test_two_jobs_of_the_same_words_are_asked_about_and_an_ephemeral_session_keeps_none(
    tmp_path: Path,
) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host, sit(host, chosen, NOBODY) as kernel:
        for _ in range(2):
            await made(kernel, ":sched.at when=tomorrow say=water")
        assert isinstance(await refused(kernel, ":sched.cancel water"), BadArgument)
    brief = replace(chosen, is_ephemeral=True)
    async with open_host(brief) as host, sit(host, brief, NOBODY) as kernel:
        assert isinstance(await refused(kernel, ":sched.at when=tomorrow say=water"), NotSupported)


async def test_a_job_in_words_is_done_by_a_session_of_its_own(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host, sit(host, chosen, NOBODY) as kernel:
        info = await made(kernel, ':sched.at when=tomorrow what="copy notes to backup"')
        ended = await ran(host, kernel, info.id)
        assert ended.end == "done", ended
        assert (chosen.cwd / "backup" / "a.txt").read_text("utf-8") == "here\n"
        reminder = await made(kernel, ':sched.at when=tomorrow say="water the plants"')
        job, _, _ = host.jobs.store.get(reminder.id)
        assert job.is_idempotent
        assert (await ran(host, kernel, reminder.id)) == Ended("done", "water the plants\n")


@pytest.mark.parametrize("way", ["by name", "by number"])
async def test_a_run_stands_among_the_agents_and_is_stopped_from_there_or_by_name(
    tmp_path: Path, way: str
) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host, sit(host, chosen, NOBODY) as kernel:
        info = await made(kernel, ':sched.at when=tomorrow what="!sleep 60" name=nap')
        assert "no run of 'nap' goes on" in str(await refused(kernel, ":sched.stop nap"))
        ends: asyncio.Queue[Ended] = asyncio.Queue()
        begun = asyncio.Event()

        def watch(agent: Agent) -> None:
            if agent.state is State.RUNNING:
                begun.set()

        async def told(job: Job, run: Run, ended: Ended) -> None:
            ends.put_nowait(ended)

        host.agents.watchers.append(watch)
        keeper = keeper_of(host, kernel.settings, kernel.session.id, Around(told))
        host.jobs.listeners.append(keeper.changed)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            keeping = group.create_task(keeper.keep())
            await made(kernel, f":sched.run_now {info.id}")
            await begun.wait()
            (agent,) = host.agents
            assert (agent.row.owner, agent.row.goal) == (f"job:{info.id}", ':tool.exec argv=["sleep","60"]')
            (listed,) = infos_of(host.jobs.store)
            assert listed.marks == " [running]"
            if way == "by name":
                assert (await made(kernel, ":sched.stop nap")).running == 1
            else:
                await host.agents.stop([agent], "you stopped it")
            assert (await ends.get()).end == "stopped"
            keeping.cancel()
        assert agent.state is State.KILLED
        assert [run.end for run in host.jobs.store.log.of(info.id)] == ["stopped"]


async def test_what_needs_a_yes_is_denied_when_a_job_runs_and_its_output_says_so(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host, sit(host, chosen, NOBODY) as kernel:
        info = await made(kernel, ':sched.at when=tomorrow what=":file.delete notes"')
        ended = await ran(host, kernel, info.id)
        assert ended.end == "failed"
        assert "nobody is here" in ended.output
        assert (chosen.cwd / "notes" / "a.txt").exists()


async def test_a_mind_makes_a_job_of_words_unasked_and_none_of_a_line_or_in_mode_ask(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host, sit(host, chosen, NOBODY) as kernel:

        async def proposed(what: str) -> object:
            asked = Proposal("sched.at", {"when": "tomorrow", "what": what}, origin="mind")
            return await kernel.gate(kernel.process, asked)

        assert isinstance(await proposed("list files"), Ok)
        for line in ("!make", " :file.delete notes"):
            reply = await proposed(line)
            assert isinstance(reply, Err)
            assert isinstance(reply.error, Denied)
        kernel.policy.mode = Mode.ASK
        assert isinstance(await proposed("list files"), Err)
        kernel.policy.mode = Mode.PLAN
        assert isinstance(await proposed("list files"), Err)


async def test_a_job_holds_what_it_was_made_with_without_what_is_gone(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    made_with = workspace_caps([str(chosen.cwd), str(tmp_path / "gone")], ["mail"], ["example.org"])
    held = now_held(made_with, chosen, [])
    assert held < made_with
    assert {cap.right for cap in made_with - held} == {
        Right.APP, Right.NET, Right.SCHEDULE, Right.FS_READ, Right.FS_WRITE
    }  # fmt: skip
    assert Cap(Right.FS_WRITE, str(chosen.cwd)) in held
    assert now_held(held, replace(chosen, hosts=("example.org",)), ["mail"]) == held, "nothing is gained"


async def test_a_job_whose_rights_were_revoked_is_denied(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host, sit(host, chosen, NOBODY) as kernel:
        bare = Job("j1", "j1", Work("call", "file.write", {"path": "x.txt", "content": "x"}), "UTC", at=1.0)
        no_caps = replace_caps(bare, chosen)
        ended = await JobRuns(host, kernel.settings)(no_caps, RUN)
        assert ended.end == "failed"
        assert not (chosen.cwd / "x.txt").exists()
        shutil.rmtree(chosen.cwd / "notes")
        gone = await JobRuns(host, kernel.settings)(replace_caps(bare, chosen, "notes"), RUN)
        assert "is gone" in gone.output
        denying = replace(kernel.settings, deny=("file.write",))
        info = await made(kernel, ':sched.at when=tomorrow what=":file.write x.txt content=hello"')
        job, _, _ = host.jobs.store.get(info.id)
        assert (await JobRuns(host, denying)(job, RUN)).end == "failed"
        assert not (chosen.cwd / "x.txt").exists()


def replace_caps(job: Job, chosen: Settings, folder: str = "") -> Job:
    return Job(job.id, job.name, job.work, job.zone, at=job.at, cwd=str(chosen.cwd / folder))


async def test_an_untrusted_text_makes_no_job_unasked_and_its_labels_stay(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    asked = Proposal("sched.at", {"when": "tomorrow", "what": "copy notes to backup"}, WEB, "mind")
    async with open_host(chosen) as host:
        async with sit(host, chosen, NOBODY) as kernel:
            reply = await kernel.gate(kernel.process, asked)
            assert isinstance(reply, Err)
            assert isinstance(reply.error, Denied | LabelStop)
        agreeing = replace(NOBODY, approver=Person())
        async with sit(host, chosen, agreeing) as kernel:
            reply = await kernel.gate(kernel.process, asked)
            assert isinstance(reply, Ok)
            assert isinstance(reply.value, sched.Job)
            job, _, _ = host.jobs.store.get(reply.value.job.id)
            assert job.labels == WEB
            ended = await JobRuns(host, chosen)(job, RUN)
            assert ended.end == "failed", "with nobody to ask it changes nothing"
            assert not (chosen.cwd / "backup").exists()


async def test_a_bell_rung_by_another_process_is_heard(tmp_path: Path) -> None:
    heard = asyncio.Event()
    places = settings(tmp_path).folders
    prepare(places)
    with listening(places, heard.set):
        ring(places.jobs)
        async with asyncio.timeout(5):
            await heard.wait()
