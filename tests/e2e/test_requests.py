"""Everyday use of `aosh -p` and the commands around it."""

import json
from pathlib import Path

import pytest

from tests.e2e.program import Program, call
from tests.tiers import best

WRITE = {"calls": [call("file.write", path="a.txt", content="one\n")]}


def test_the_list_of_python_files_is_saved(aosh: Program) -> None:
    source = aosh.workspace / "src"
    source.mkdir()
    for name in ("b.py", "a.py", "c.txt"):
        (source / name).write_text("")
    ran = aosh("list all python files in src and save the list to files.txt")
    assert ran.code == 0, ran.err
    assert (aosh.workspace / "files.txt").read_text().splitlines() == ["src/a.py", "src/b.py"]


def test_undo_and_redo_bring_every_byte_and_mode_back(aosh: Program) -> None:
    target = aosh.workspace / "a.txt"
    target.write_bytes(b"old \xff bytes")
    target.chmod(0o640)
    assert aosh.scripted(WRITE)("go").code == 0
    assert aosh.run("undo").code == 0
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"old \xff bytes", 0o640)
    assert aosh.run("redo").code == 0
    assert target.read_text() == "one\n"
    (effect,) = json.loads(aosh.run("history", "--json").out)
    assert (effect["call"], effect["status"], effect["undoable"]) == ("file.write", "redone", True)


def test_undo_refuses_a_file_changed_since_unless_forced(aosh: Program) -> None:
    target = aosh.workspace / "a.txt"
    aosh.scripted(WRITE)("go")
    target.write_text("mine, written later")
    ran = aosh.run("undo")
    assert ran.code == 1
    assert "ESTALE" in ran.err
    assert "--force" in ran.err
    assert target.read_text() == "mine, written later"
    assert aosh.run("undo", "--force").code == 0
    assert not target.exists()


def test_undo_by_id_works_from_another_folder_and_by_count_does_not(aosh: Program, tmp_path: Path) -> None:
    aosh.scripted(WRITE)("go")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (effect,) = json.loads(aosh.run("history", "--json", "--all", cwd=elsewhere).out)
    assert json.loads(aosh.run("history", "--json", cwd=elsewhere).out) == []
    assert "nothing to undo" in aosh.run("undo", cwd=elsewhere).err
    ran = aosh.run("undo", effect["id"][:6], cwd=elsewhere)
    assert ran.code == 0, ran.err
    assert not (aosh.workspace / "a.txt").exists()


def test_an_unknown_id_is_named_with_the_nearest(aosh: Program) -> None:
    aosh.scripted(WRITE)("go")
    (effect,) = json.loads(aosh.run("history", "--json").out)
    wrong = effect["id"][:-1] + "!"
    ran = aosh.run("undo", wrong)
    assert ran.code == 1
    assert wrong in ran.err
    assert effect["id"] in ran.err


def test_piped_data_is_beside_the_request_and_a_dash_waits_for_it(aosh: Program) -> None:
    script = {"calls": [call("file.list")]}
    assert aosh.scripted(script)("go -", stdin=b"data \xff").code == 0
    assert aosh("go", stdin=b"x" * (8 * 1024 * 1024 + 1)).code == 42


def test_a_dry_run_shows_the_plan_and_changes_nothing(aosh: Program) -> None:
    scripted = aosh.scripted(
        {"calls": [call("file.write", path="a.txt", content="x"), call("file.mkdir", paths=["d"])]}
    )
    ran = scripted("go", "--dry-run")
    assert ran.code == 0, ran.err
    for part in (
        "would   file.write",
        "created a.txt",
        "allowed",
        "then    file.mkdir",
        "nothing was changed",
    ):
        assert part in ran.out
    assert list(aosh.workspace.iterdir()) == []


def test_a_dry_run_of_what_would_ask_says_so(aosh: Program) -> None:
    (aosh.workspace / "a.txt").write_text("x")
    ran = aosh.scripted({"calls": [call("file.delete", paths=["a.txt"])]})("go", "--dry-run")
    assert ran.code == 45
    assert "needs a yes" in ran.out
    assert (aosh.workspace / "a.txt").exists()


def test_the_answer_is_also_written_to_a_file(aosh: Program, tmp_path: Path) -> None:
    (aosh.workspace / "a.txt").write_text("hello\n")
    answer = tmp_path / "answer.txt"
    assert aosh(":file.read a.txt", "-o", str(answer)).out == "hello\n"
    assert answer.read_text() == "hello\n"
    assert aosh(":file.read a.txt", "-o", str(tmp_path / "none/answer")).code == 2


@pytest.mark.parametrize(
    "request_", ["列出所有 python 文件", "lista los archivos de esta carpeta", "x" * 100_000]
)
def test_what_is_not_understood_changes_nothing(aosh: Program, request_: str) -> None:
    (aosh.workspace / "a.py").write_text("")
    ran = aosh(request_, "-y")
    assert ran.code in (0, 1, 48), ran.err
    assert "Traceback" not in ran.err
    assert [path.name for path in aosh.workspace.iterdir()] == ["a.py"]


def test_two_shells_in_one_workspace_share_one_journal(aosh: Program) -> None:
    running = [aosh.start("-p", f":file.write {name} content=x") for name in ("a", "b", "c")]
    for process in running:
        with process:
            process.communicate(timeout=60)
        assert process.returncode == 0
    assert len(json.loads(aosh.run("history", "--json").out)) == 3
    doctor = json.loads(aosh.run("doctor", "--json").out)
    assert any("chain whole" in check["text"] for check in doctor["checks"])
    assert len(json.loads(aosh.run("sessions", "--json").out)) == 3


def test_the_commands_explain_themselves(aosh: Program) -> None:
    one = json.loads(aosh.run("syscalls", "file.find", "--json").out)
    assert one["schema"]["additionalProperties"] is False
    page = aosh.run("syscalls", "file.find")
    assert "arguments (JSON Schema)" in page.out
    assert "file.read" in aosh.run("syscalls", "--area", "file").out
    assert aosh.run("syscalls", "--area", "flie").code == 2
    assert "did you mean" in aosh.run("syscalls", "file.fnd").err
    mind = json.loads(aosh.run("mind", "--json").out)
    assert mind["running"] is False


def test_doctor_finds_a_whole_machine_and_says_what_it_looked_at(aosh: Program) -> None:
    ran = aosh.run("doctor")
    assert ran.code == 0, ran.out
    for part in ("landlock: holds", "seccomp: holds", "library and weights", "plugins", "none yet"):
        assert part in ran.out


def test_doctor_says_the_tier_and_what_came_of_every_attempt_to_get_out(aosh: Program) -> None:
    told = json.loads(aosh.run("doctor", "--json").out)
    assert told["tier"] == best()
    assert len(told["probes"]) == 43
    shown = aosh.run("doctor", "--probes").out
    assert "/43 held" in shown
    assert "must work: git status" in shown


def test_doctor_warns_of_an_aosh_that_its_own_drivers_could_write(aosh: Program) -> None:
    root = Path(__file__).parents[2]
    assert "inside the folder" in aosh.run("doctor", "-C", str(root)).out


def test_a_look_that_finds_nothing_says_so_beside_the_answer(aosh: Program) -> None:
    for request in ("which files mention zebra", ":file.find name=*.zzz", ":file.search zebra"):
        ran = aosh(request)
        assert (ran.code, ran.out) == (0, "")
        assert "no line contains 'zebra'" in ran.err or "nothing found" in ran.err, ran.err
        assert aosh.run("-q", "-p", request).err == ""


def test_a_thing_that_is_spoken_of_is_looked_for_by_its_word(aosh: Program) -> None:
    aosh.workspace.joinpath("march.txt").write_text("Dentist: 14 March\n", encoding="utf-8")
    assert aosh("find the note about the dentist").out == "march.txt:1: Dentist: 14 March\n"
