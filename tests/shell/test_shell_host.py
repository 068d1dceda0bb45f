"""Several sessions on one host: what they share, and what each keeps to itself."""

import asyncio
from pathlib import Path

from apps.shell.boot import Seat, sit, watch_nothing
from apps.shell.host import open_host
from apps.shell.people import headless
from apps.shell.settings import Settings, folders
from kernel.call import Err, Ok
from kernel.happenings import Completed, Happening
from kernel.process import Process
from syscalls.caps import Cap, Right
from syscalls.errors import Denied, NotPermitted

NOBODY = headless(watch_nothing)


def settings(base: Path, mind: str = "none") -> Settings:
    work = base / "work"
    work.mkdir(exist_ok=True)
    work.joinpath("a.txt").write_text("here\n", encoding="utf-8")
    return Settings(folders({"AOSH_HOME": str(base / "home")}, base), work, base, mind=mind, is_bare=True)


async def test_the_next_session_takes_over_the_warm_driver_of_the_last(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host:
        async with sit(host, chosen, NOBODY) as first:
            (served,) = first.drivers.running()
        assert len(host.idle) == 1
        async with sit(host, chosen, NOBODY) as second:
            assert second.drivers.running() == [served]
            assert (await second.typed(":file.read a.txt")).error is None
    assert not served.channel.is_open, "it ends with the host"


async def test_two_sessions_at_once_never_share_a_driver(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with (
        open_host(chosen) as host,
        sit(host, chosen, NOBODY) as one,
        sit(host, chosen, NOBODY) as other,
    ):
        assert one.drivers.running()[0].child.pid != other.drivers.running()[0].child.pid
        assert one.session.id != other.session.id
        assert one.journal is other.journal
        reading = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as group:
            turn = group.create_task(one.typed(":file.find *"))
            await asyncio.sleep(0)
            turn.cancel()
            reading.set_result(await other.typed(":file.read a.txt"))
        assert reading.result().error is None, "stopping the turn of one is not felt by the other"


async def test_a_driver_is_not_taken_over_where_another_folder_stands_at_its_path(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host:
        async with sit(host, chosen, NOBODY) as first:
            (served,) = first.drivers.running()
        chosen.cwd.rename(tmp_path / "moved")
        settings(tmp_path)
        async with sit(host, chosen, NOBODY) as second:
            assert second.drivers.running() != [served]
            assert (await second.typed(":file.read a.txt")).error is None


async def test_a_session_of_its_own_holds_what_it_was_minted_and_no_more(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    chosen.cwd.joinpath("in").mkdir()
    caps = frozenset({Cap(Right.FS_READ, str(chosen.cwd / "in"))})
    cwd, home = str(chosen.cwd), str(tmp_path)

    def make(wanted: Settings) -> Process:
        del wanted
        return Process(7, "look into one folder", caps, cwd=cwd, home=home, parent=1)

    async with open_host(chosen) as host, sit(host, chosen, NOBODY, Seat("job", make=make)) as kernel:
        inside = await kernel.typed(":file.list in")
        assert isinstance(inside.replies[0], Ok)
        for line in (":file.read a.txt", ":file.write in/b.txt content=x", ':tool.exec argv=["ls"]'):
            refused = (await kernel.typed(line)).error
            assert isinstance(refused, Denied | NotPermitted), (line, refused)
        assert not chosen.cwd.joinpath("in/b.txt").exists()


async def test_nobody_to_ask_is_a_no_and_the_journal_says_so(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    seen: list[Happening] = []

    def watch(happening: Happening) -> None:
        seen.append(happening)

    async with (
        open_host(chosen) as host,
        sit(host, chosen, headless(watch), Seat("job")) as kernel,
    ):
        refused = (await kernel.typed(":file.delete a.txt")).error
        assert isinstance(refused, Denied)
        rows = [row.record() for row in host.journal.rows("job", ("decision",))]
        assert [row.approved_by for row in rows] == ["nobody"]
    assert chosen.cwd.joinpath("a.txt").exists()
    assert any(isinstance(each, Completed) and isinstance(each.reply, Err) for each in seen)


async def test_a_mind_that_remembers_is_not_shared(tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text('{"text": "once"}\n', encoding="utf-8")
    chosen = settings(tmp_path, f"scripted:{script}")
    async with (
        open_host(chosen) as host,
        sit(host, chosen, NOBODY) as one,
        sit(host, chosen, NOBODY) as other,
    ):
        assert (await one.request("hello")).text == "once"
        assert (await other.request("hello")).text == "once"
