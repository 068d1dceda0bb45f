"""`aosh jobs install`: what it writes, with programs of the system that only write down what they are told."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.program import Program

_SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$HOME/systemctl.log"
[ -e "$HOME/has-systemd" ] || exit 1
[ "$2" != enable ] || [ ! -e "$HOME/is-broken" ] || { echo "no bus" >&2; exit 1; }
"""
_CRONTAB = """#!/bin/sh
case "$1" in
-l) [ ! -e "$HOME/is-broken" ] || { echo "must be privileged" >&2; exit 1; }
    [ -e "$HOME/table" ] || { echo "no crontab for you" >&2; exit 1; }
    cat "$HOME/table";;
-r) rm "$HOME/table";;
-) cat > "$HOME/table";;
esac
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    found = tmp_path / "a $home with 100% of \\"
    found.mkdir()
    return found


@pytest.fixture
def aosh(tmp_path: Path, home: Path) -> Program:
    fakes = tmp_path / "bin"
    fakes.mkdir()
    for name, text in (("systemctl", _SYSTEMCTL), ("crontab", _CRONTAB)):
        fakes.joinpath(name).write_text(text, encoding="utf-8")
        fakes.joinpath(name).chmod(0o755)
    program = Program(tmp_path)
    program.environment |= {"HOME": str(home), "PATH": f"{fakes}:{os.environ['PATH']}"}
    program.environment["AOSH_HOME"] = str(home / "state")
    program.workspace.mkdir()
    return program


def units(home: Path) -> dict[str, str]:
    folder = home / ".config/systemd/user"
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()} if folder.exists() else {}


def test_a_timer_of_the_user_is_written_once_however_often_and_taken_back(aosh: Program, home: Path) -> None:
    (home / "has-systemd").touch()
    assert aosh.run("jobs", "install").code != 0, "nobody said yes"
    assert units(home) == {}
    assert aosh.run("jobs", "install", "--yes").code == 0
    written = units(home)
    assert set(written) == {"aosh-jobs.service", "aosh-jobs.timer"}
    assert aosh.run("jobs", "install", "--yes").code == 0
    assert units(home) == written
    log = (home / "systemctl.log").read_text("utf-8")
    assert "--user daemon-reload\n--user enable --now aosh-jobs.timer\n" in log
    assert aosh.run("jobs", "uninstall", "--yes").code == 0
    assert units(home) == {}
    assert "--user disable --now aosh-jobs.timer\n" in (home / "systemctl.log").read_text("utf-8")
    again = aosh.run("jobs", "uninstall", "--yes")
    assert (again.code, again.err) == (0, "aosh: no timer of aosh is installed\n")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to check units with")
def test_systemd_reads_what_is_written_as_it_is_meant(aosh: Program, home: Path) -> None:
    (home / "has-systemd").touch()
    assert aosh.run("jobs", "install", "--yes").code == 0
    folder = home / ".config/systemd/user"
    checked = subprocess.run(
        ["systemd-analyze", "--user", "verify", folder / "aosh-jobs.timer", folder / "aosh-jobs.service"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "aosh-jobs" not in checked.stderr, checked.stderr
    times = subprocess.run(
        ["systemd-analyze", "calendar", "*:0/1"], capture_output=True, text=True, timeout=60, check=False
    )
    assert "*-*-* *:00/1:00" in times.stdout, times.stdout
    text = units(home)["aosh-jobs.service"]
    assert "$$home with 100%% of \\\\" in text.partition("ExecStart=")[2]
    assert 'a $home with 100%% of \\\\/state"' in text.partition("ExecStart=")[0]


def test_without_a_systemd_of_the_user_a_crontab_gets_one_line_and_keeps_the_others(
    aosh: Program, home: Path
) -> None:
    table, mine = home / "table", "MAILTO=me\n5 4 * * * backup # aosh jobs are mine\n"
    table.write_text(mine, encoding="utf-8")
    for _ in range(2):
        assert aosh.run("jobs", "install", "--yes").code == 0
    kept, line = table.read_text("utf-8")[: len(mine)], table.read_text("utf-8")[len(mine) :]
    assert kept == mine
    assert line.startswith("* * * * * AOSH_HOME='")
    assert line.endswith("# aosh jobs\n")
    assert line.count("\n") == 1
    command = line.removeprefix("* * * * * ").replace(r"\%", "%")  # as cron hands it to the shell
    done = subprocess.run(["sh", "-c", command], cwd=home, env=_environ(aosh), timeout=60, check=False)
    assert done.returncode == 0
    assert aosh.run("jobs", "uninstall", "--yes").code == 0
    assert table.read_text("utf-8") == mine
    table.unlink()
    assert aosh.run("jobs", "install", "--yes").code == 0
    assert aosh.run("jobs", "uninstall", "--yes").code == 0
    assert not table.exists()


def _environ(aosh: Program) -> dict[str, str]:
    from tests.e2e.program import ROOT

    return {"PATH": aosh.environment["PATH"], "HOME": aosh.environment["HOME"], "PYTHONPATH": str(ROOT)}


def test_a_table_that_cannot_be_read_is_not_written_over_and_failures_are_told(
    aosh: Program, home: Path
) -> None:
    (home / "table").write_text("1 2 3 4 5 mine\n", encoding="utf-8")
    (home / "is-broken").touch()
    failed = aosh.run("jobs", "install", "--yes")
    assert failed.code != 0
    assert "crontab -l failed: must be privileged" in failed.err
    assert (home / "table").read_text("utf-8") == "1 2 3 4 5 mine\n"
    (home / "has-systemd").touch()
    failed = aosh.run("jobs", "install", "--yes")
    assert failed.code != 0
    assert "enable --now aosh-jobs.timer failed: no bus" in failed.err
    aosh.environment["AOSH_HOME"] = f"{home}/a\nb"
    assert "without line breaks" in aosh.run("jobs", "install", "--yes").err
