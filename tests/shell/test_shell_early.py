"""What starts before the kernel is loaded: taken over when it is, and never left behind."""

from pathlib import Path

from apps.shell.boot import boot, watch_nothing
from apps.shell.early import start_files
from apps.shell.held import hold, let_go
from apps.shell.people import People, Talk
from apps.shell.settings import Settings, folders
from kernel.call import NoApprover
from kernel.loop import Nobody

PEOPLE = People(NoApprover(), Nobody(), watch_nothing, Talk(lambda line: None))


def settings(home: Path, work: Path) -> Settings:
    return Settings(folders({"AOSH_HOME": str(home)}, home), work, home, mind="none", is_bare=True)


async def test_the_driver_started_ahead_serves_the_first_call(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    work.joinpath("a.txt").write_text("here\n", encoding="utf-8")
    chosen = settings(tmp_path / "home", work)
    early = start_files(chosen)
    assert early is not None
    async with boot(chosen, PEOPLE, early=early) as kernel:
        result = await kernel.typed(":file.read a.txt")
        assert result.error is None
        assert [driver.child for driver in kernel.drivers.running()] == [early.child]
    assert early.child.returncode == -9, "it ends with the kernel"


async def test_it_is_not_deaf_though_signals_were_held_back_when_it_started(tmp_path: Path) -> None:
    chosen = settings(tmp_path / "home", tmp_path)
    hold()
    early = start_files(chosen)
    let_go()
    assert early is not None
    async with boot(chosen, PEOPLE, early=early) as kernel:
        assert (await kernel.typed(":file.list")).error is None
        early.child.terminate()
        assert early.child.wait(5) == -15


def test_a_driver_nobody_took_over_can_be_ended_twice(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    early = start_files(settings(tmp_path / "home", work))
    assert early is not None and early.child.poll() is None
    early.kill()
    early.kill()
    assert early.child.returncode == -9


def test_folders_that_cannot_be_made_are_left_for_the_kernel_to_tell(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert start_files(settings(blocked / "home", tmp_path)) is None
