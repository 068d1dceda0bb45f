"""What programs change lands whole, and is taken back byte for byte."""

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from kernel.call import Choice, Err, NoApprover
from kernel.drivers.jailed import Drivers
from syscalls.labels import STDIN, USER
from tests.apps.client import Seen
from tests.kernel.world import FILES, Person, error_of
from tests.tiers import best
from tests.tools.world import Bench, bench_at, has, ran

SCRIPTS = {
    "files come, change and go": "echo new > new.txt; echo more >> a.txt; rm b.txt",
    "a file becomes a folder": "rm a.txt; mkdir a.txt; echo in > a.txt/in",
    "a folder becomes a file": "rm -r d; echo d > d",
    "a folder becomes a link": "rm -r d; ln -s a.txt d",
    "a link changes": "ln -sf b.txt l",
    "a folder is made anew": "rm -r d; mkdir d; echo other > d/other",
    "folders are moved": "mv d moved; mv moved/deep deeper",
    "a file is renamed": "mv a.txt z.txt",
    "files trade places": "mv a.txt t; mv b.txt a.txt; mv t b.txt",
    "everything goes": "rm -rf ./* .hidden",
    "content changes, size and time do not": "printf X | dd of=b.txt conv=notrunc status=none; touch -d @1000000 b.txt",
    "deep new folders": "mkdir -p n/e/w && echo x > n/e/w/x && echo y > n/y",
    "an empty folder": "mkdir empty",
    "times only": "touch -d @1234567 a.txt",
}


def furnish(work: Path) -> None:
    """A workspace with a bit of everything, older than now."""
    (work / "d" / "deep").mkdir(parents=True)
    for name in ("a.txt", "b.txt", ".hidden", "d/one", "d/deep/two"):
        (work / name).write_text(f"content of {name}\n")
        os.utime(work / name, ns=(10**18, 10**18 + 12_345))
    (work / "d" / "one").chmod(0o640)
    (work / "l").symlink_to("a.txt")
    os.setxattr(work / "a.txt", "user.note", b"\0kept")
    for folder in (work / "d" / "deep", work / "d", work):
        os.utime(folder, ns=(10**18, 10**18 + 54_321))


@pytest.mark.parametrize("case", SCRIPTS)
async def test_what_a_program_did_is_undone_and_redone_byte_for_byte(bench: Bench, case: str) -> None:
    furnish(bench.work)
    start = bench.seen()
    value = await bench.sh(SCRIPTS[case])
    assert value.status == 0, value.stderr
    assert value.changes
    done = bench.seen()
    assert done != start
    await bench.undo()
    assert bench.seen() == start
    await bench.redo()
    assert facts(bench.seen()) == facts(done)
    await bench.undo()
    assert bench.seen() == start
    assert bench.left_over() == []


def facts(seen: dict[str, Seen]) -> dict[str, tuple[object, ...]]:
    """Names, modes, contents and attributes, and times of files: those of folders are the landing's own."""
    return {
        name: (one.mode, one.content, one.xattrs, None if stat.S_ISDIR(one.mode) else one.mtime_ns)
        for name, one in seen.items()
    }


async def test_a_file_lands_with_its_mode_times_and_attributes(bench: Bench) -> None:
    if not has("python3"):
        pytest.skip("no python3 here")
    code = (
        "import os; f = open('x', 'w'); f.write('x'); f.flush();"
        "os.fchmod(f.fileno(), 0o751); os.setxattr(f.fileno(), 'user.k', b'v');"
        "os.utime(f.fileno(), ns=(5, 1_000_000_007))"
    )
    value = ran(await bench("python3", "-c", code))
    assert value.status == 0, value.stderr
    info = (bench.work / "x").stat()
    assert (stat.S_IMODE(info.st_mode), info.st_mtime_ns) == (0o751, 1_000_000_007)
    assert os.getxattr(bench.work / "x", "user.k") == b"v"
    assert os.listxattr(bench.work / "x") == ["user.k"]


async def test_a_program_that_changes_nothing_leaves_nothing_to_undo(bench: Bench) -> None:
    furnish(bench.work)
    start = bench.seen()
    value = await bench.sh(
        "cat a.txt > /dev/null; echo x >> a.txt; printf 'content of a.txt\n' > a.txt; true"
    )
    await bench.undo()
    assert bench.seen() == start
    assert [change.path for change in value.changes] == ["a.txt"]
    assert (await bench.sh("cat a.txt")).changes == ()
    assert not [one for one in bench.undoer.history() if one.is_undoable]


async def test_the_diff_of_text_is_shown_and_of_bytes_is_not(bench: Bench) -> None:
    furnish(bench.work)
    value = await bench.sh(r"echo second >> a.txt; printf '\000\001' > raw; rm b.txt")
    assert "+second\n" in value.diff
    assert "--- a.txt\n+++ a.txt\n" in value.diff
    assert "raw" not in value.diff


async def test_caches_are_summed_up(bench: Bench) -> None:
    value = await bench.sh(
        "mkdir -p p/__pycache__ q/__pycache__; touch p/__pycache__/a.pyc q/__pycache__/b.pyc"
    )
    assert [(change.what, change.path, change.note) for change in value.changes] == [
        ("created", "p", "folder"),
        ("created", "q", "folder"),
        ("cached", "__pycache__", "2 files"),
    ]
    assert value.flags == ()


FLAGS = {
    "new executable": "cp /bin/true run",
    "inside .git": "mkdir -p .git; echo x > .git/config",
    "git hook": "mkdir -p .git/hooks; echo x > .git/hooks/pre-commit",
    "hidden file": "echo x > .secret",
    "link leading outside": "ln -s /etc/passwd p",
    "run by tools by itself": "echo x > Makefile; echo x > conftest.py",
}


@pytest.mark.parametrize("kind", FLAGS)
async def test_what_is_out_of_the_ordinary_is_flagged(bench: Bench, kind: str) -> None:
    value = await bench.sh(FLAGS[kind])
    assert value.status == 0, value.stderr
    assert [flag for flag in value.flags if flag.startswith(f"{kind}: ")], value.flags


async def test_a_flagged_landing_is_shown_before_it_lands_and_a_no_leaves_nothing(
    tmp_path: Path, bench: Bench
) -> None:
    person = Person(Choice.ONCE, Choice.NO)
    async with bench_at(tmp_path / "other", bench.tier, approver=person) as asked:
        furnish(asked.work)
        start = asked.seen()
        reply = await asked("sh", "-c", "echo evil > conftest.py; rm a.txt")
        assert error_of(reply)[0] == "EDENIED"
        assert asked.seen() == start
        assert asked.left_over() == []
        assert [row.kind for row in asked.journal.rows() if row.kind == "intent"] == []
    first, second = person.asked
    assert first.plan is not None and first.plan.changes[0].path == "/usr/bin/sh"
    assert second.decision.rule == "flagged-landing"
    assert second.plan is not None
    assert {change.path for change in second.plan.changes} == {"conftest.py", "a.txt"}
    assert "+evil" in second.plan.diff
    assert second.scope == ""


async def test_a_program_does_not_run_before_a_yes(tmp_path: Path, bench: Bench) -> None:
    mark = tmp_path / "ran"
    for approver in (NoApprover(), Person(Choice.NO)):
        async with bench_at(tmp_path / f"{id(approver)}", bench.tier, approver=approver) as asked:
            assert error_of(await asked("sh", "-c", "echo ran; touch ran"))[0] == "EDENIED"
            assert asked.printed == []
            assert asked.left_over() == []
    assert not mark.exists()


async def test_the_persons_own_line_needs_no_yes_and_a_minds_or_a_piped_one_does(
    tmp_path: Path, bench: Bench
) -> None:
    async with bench_at(tmp_path / "own", bench.tier, approver=NoApprover()) as asked:
        assert ran(await asked("sh", "-c", "echo x > Makefile", origin="user")).flags
        assert (asked.work / "Makefile").exists()
        decision = next(row.record() for row in asked.journal.rows(kinds=["decision"]))
        assert (decision.rule, decision.verdict) == ("typed-by-you", "allow")
        assert isinstance(await asked("true", origin="mind"), Err)
        assert isinstance(await asked("true", origin="app:x"), Err)
        assert isinstance(await asked("true", origin="user", labels=USER.join(STDIN)), Err)


async def test_nobodys_line_changes_the_rules_of_aosh_unseen(tmp_path: Path, bench: Bench) -> None:
    async with bench_at(tmp_path / "rules", bench.tier, approver=NoApprover()) as asked:
        reply = await asked("sh", "-c", "mkdir .aosh; echo x > .aosh/policy.toml", origin="user")
        assert error_of(reply)[0] == "EDENIED"
        assert "rules of aosh itself: .aosh" in error_of(reply)[1]
        assert list(asked.seen()) == ["."]


async def test_a_file_changed_meanwhile_is_a_conflict_and_nothing_lands(bench: Bench) -> None:
    furnish(bench.work)
    for script in (
        "echo x >> a.txt",
        "rm a.txt",
        "rm -r d",
        "chmod 600 a.txt 2>/dev/null || echo x >> a.txt",
    ):
        start = bench.seen()

        def meddle(path: Path = bench.work) -> None:
            (path / "a.txt").write_text("somebody else's\n")
            (path / "d" / "deep" / "two").write_text("too\n")

        bench.on_output = meddle
        reply = await bench("sh", "-c", f"echo go; {script}; echo y > y")
        bench.on_output = None
        symbol, text = error_of(reply)
        assert symbol == "ESTALE"
        assert "while the program ran" in text
        assert not (bench.work / "y").exists()
        assert (bench.work / "a.txt").read_text() == "somebody else's\n"
        assert start.keys() == bench.seen().keys()
        assert bench.left_over() == []


async def test_pipes_and_sockets_are_not_kept_and_that_is_told(bench: Bench) -> None:
    value = await bench.sh("mkfifo p; echo x > x")
    assert not (bench.work / "p").exists()
    assert ("skipped", "p", "a named pipe is not kept") in [(c.what, c.path, c.note) for c in value.changes]
    assert (bench.work / "x").exists()


async def test_a_socket_in_the_workspace_does_not_stop_a_program(bench: Bench) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(bench.work / "s"))
        assert (await bench.sh("echo x > x")).status == 0
    assert (bench.work / "s").is_socket()


async def test_hard_links_land_as_copies(bench: Bench) -> None:
    value = await bench.sh("echo x > one; ln one two")
    assert (bench.work / "two").read_text() == "x\n"
    assert [change.note for change in value.changes] == ["a hard link, kept as a copy"] * 2


async def test_odd_names_land_and_are_undone(bench: Bench) -> None:
    names = [b"new\nline", b"\xff\xfe", b" ", b"-rf", b"\x1b[31m", "ü".encode(), b"\\xff"]
    octal = ["".join(f"\\{byte:03o}" for byte in name) for name in names]
    value = await bench.sh("; ".join(f"printf x > ./\"$(printf '{name}.')\"" for name in octal))
    names = [name + b"." for name in names]
    assert value.status == 0, value.stderr
    assert sorted(os.listdir(os.fsencode(bench.work))) == sorted(names)
    await bench.undo()
    assert os.listdir(bench.work) == []
    await bench.redo()
    assert sorted(os.listdir(os.fsencode(bench.work))) == sorted(names)


def repository(folder: Path) -> None:
    """Make it one from outside: that takes changing a mode by path, which tier L does not allow."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)


async def test_git_commits_and_that_is_undone(bench: Bench) -> None:
    if not has("git"):
        pytest.skip("no git here")
    (bench.work / "f").write_text("one\n")
    repository(bench.work)
    who = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    start = bench.seen()
    value = await bench.sh("git add f && git commit -qm first && git status --short", env=who)
    assert value.status == 0, value.stderr
    assert any(flag.startswith("inside .git: ") for flag in value.flags)
    assert (await bench.sh("git log --format=%s")).stdout == "first\n"
    await bench.undo()
    assert bench.seen() == start


async def test_a_mode_is_changed_by_path_in_tier_f_and_refused_aloud_in_tier_l(bench: Bench) -> None:
    value = await bench.sh("echo x > x; chmod 750 x")
    if bench.tier == "F":
        assert (value.status, stat.S_IMODE((bench.work / "x").stat().st_mode)) == (0, 0o750)
        assert any(flag == "new executable: x" for flag in value.flags)
    else:
        assert value.status != 0
        assert "Operation not permitted" in value.stderr


async def test_a_mode_outside_is_never_changed(bench: Bench) -> None:
    outside = bench.work.parent / "outside"
    outside.touch(0o600)
    assert (await bench.sh(f"chmod 777 {outside}; chmod 777 {bench.store}")).status != 0
    assert stat.S_IMODE(outside.stat().st_mode) == 0o600
    assert stat.S_IMODE(bench.store.stat().st_mode) == 0o700


async def test_a_workspace_that_holds_the_undo_store_keeps_it_from_programs(bench: Bench) -> None:
    inside = bench.work / "kept"
    inside.mkdir(mode=0o700)
    drivers = Drivers([FILES], str(inside), best())
    try:
        whole = Bench(bench.work, inside, drivers, bench.tier, runner=bench.runner)
        reply = await whole("sh", "-c", "echo x > kept/evil; echo y > y")
        if bench.tier == "F":
            assert error_of(reply)[0] == "EPERM"
            assert "holds aosh's own store" in error_of(reply)[1]
            return
        assert ran(reply).status == 0
        assert not (inside / "evil").exists()
        assert (bench.work / "y").exists()
    finally:
        drivers.close()


@pytest.mark.slow
async def test_five_thousand_files_land_and_are_undone(bench: Bench) -> None:
    value = await bench.sh("i=0; while [ $i -lt 5000 ]; do echo $i > f$i; i=$((i+1)); done")
    assert len(value.changes) == 5000
    assert len(os.listdir(bench.work)) == 5000
    await bench.undo()
    assert os.listdir(bench.work) == []
