"""`aosh jobs install`: a timer of the system runs what is due while no aosh is open. Shows what it writes first."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from apps.shell.commands.output import complain
from apps.shell.exits import Exit
from apps.shell.oneshot import write
from apps.shell.settings import Settings
from syscalls.errors import BadArgument, DeviceFailed

_MARK = "# aosh jobs"
_SERVICE = """[Unit]
Description=Run the jobs of aosh that are due

[Service]
Type=oneshot
{environment}ExecStart={command}
SuccessExitStatus=1
"""
_TIMER = """[Unit]
Description=Run the jobs of aosh every minute

[Timer]
OnCalendar=*:0/1
AccuracySec=1s
Persistent=true

[Install]
WantedBy=timers.target
"""


def install(settings: Settings, *, is_sure: bool) -> int:
    """Write a systemd user timer, or a crontab line where there is no systemd of the user; again it is the same."""
    del settings
    if not _has_systemd():
        return _crontab(_line(), is_sure=is_sure)
    folder = _units()
    texts = {folder / "aosh-jobs.service": _service(), folder / "aosh-jobs.timer": _TIMER}
    for path, text in texts.items():
        write(f"{path}:\n{text}\n")
    if not _is_agreed(is_sure=is_sure):
        return Exit.DENIED
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    _run("systemctl", "--user", "daemon-reload")
    _run("systemctl", "--user", "enable", "--now", "aosh-jobs.timer")
    return Exit.DONE


def uninstall(settings: Settings, *, is_sure: bool) -> int:
    """Take back what `install` wrote, and nothing else."""
    del settings
    if not _has_systemd():
        return _crontab("", is_sure=is_sure)
    paths = [path for name in ("service", "timer") if (path := _units() / f"aosh-jobs.{name}").exists()]
    if not paths:
        complain("no timer of aosh is installed")
        return Exit.DONE
    write("".join(f"removes {path}\n" for path in paths))
    if not _is_agreed(is_sure=is_sure):
        return Exit.DENIED
    _run("systemctl", "--user", "disable", "--now", "aosh-jobs.timer")
    for path in paths:
        path.unlink()
    _run("systemctl", "--user", "daemon-reload")
    return Exit.DONE


def _crontab(line: str, *, is_sure: bool) -> int:
    if shutil.which("crontab") is None:
        raise DeviceFailed(
            "neither a systemd of the user nor crontab is here; run `aosh jobs due` by what you have"
        )
    before = _table()
    others = [each for each in before if not each.rstrip().endswith(_MARK)]
    if not line and others == before:
        complain("no timer of aosh is installed")
        return Exit.DONE
    write(f"crontab, the line of aosh: {line or '(removed)'}\n")
    if not _is_agreed(is_sure=is_sure):
        return Exit.DENIED
    table = [*others, line] if line else others
    if table:
        _run("crontab", "-", given="".join(f"{each}\n" for each in table))
    else:
        _run("crontab", "-r")
    return Exit.DONE


def _table() -> list[str]:
    """The lines of the user's table.

    Raises:
        DeviceFailed: it cannot be read: what cannot be read must not be written over.
    """
    listed = subprocess.run(("crontab", "-l"), capture_output=True, text=True, check=False)
    if listed.returncode and not listed.stderr.lower().lstrip().startswith("no crontab"):
        raise DeviceFailed(f"crontab -l failed: {listed.stderr.strip() or listed.returncode}")
    return listed.stdout.splitlines() if not listed.returncode else []


def _line() -> str:
    home = f"AOSH_HOME={shlex.quote(os.environ['AOSH_HOME'])} " if "AOSH_HOME" in os.environ else ""
    command = (home + " ".join(shlex.quote(each) for each in _command())).replace("%", r"\%")
    return f"* * * * * {_one_line(command)} {_MARK}"


def _service() -> str:
    home = os.environ.get("AOSH_HOME")
    environment = f'Environment="AOSH_HOME={_quoted(home)}"\n' if home else ""
    words = (_quoted(each).replace("$", "$$") for each in _command())  # only a command expands variables
    return _SERVICE.format(environment=environment, command=" ".join(f'"{word}"' for word in words))


def _command() -> list[str]:
    """As a timer starts it: in the home folder, for `/` is no place to work in."""
    return [sys.executable, "-m", "apps.shell.main", "jobs", "due", "-C", str(Path.home())]


def _quoted(text: str) -> str:
    """As a unit has it between double quotes."""
    return _one_line(text).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")


def _one_line(text: str) -> str:
    """The text.

    Raises:
        BadArgument: it has line breaks, which neither a unit nor a crontab can hold.
    """
    if len(text.splitlines()) > 1:
        raise BadArgument(f"expected AOSH_HOME and the home folder without line breaks, got {text!r}")
    return text


def _units() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"


def _has_systemd() -> bool:
    if shutil.which("systemctl") is None:
        return False
    asked = subprocess.run(("systemctl", "--user", "show-environment"), capture_output=True, check=False)
    return asked.returncode == 0


def _is_agreed(*, is_sure: bool) -> bool:
    if is_sure:
        return True
    if not sys.stdin.isatty():
        complain("nothing was written: nobody is here to say yes; --yes says it")
        return False
    write("write it? [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _run(*command: str, given: str | None = None) -> None:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DeviceFailed(f"{' '.join(command)} failed: {done.stderr.strip() or done.returncode}")
