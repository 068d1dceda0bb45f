"""What a session is started with: command line over environment over defaults, parsed once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from apps.shell.config import Config
from kernel.verdicts import Mode

SYSTEM = Path("/etc/aosh")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where aosh keeps things, by the XDG rules. All private to the user."""

    state: Path
    data: Path
    runtime: Path
    config: Path | None = None
    """The user's own settings; None where there are none to look at."""
    system: Path | None = None
    """Likewise the machine's."""

    @property
    def trust(self) -> Path:
        """Rule files of projects that were trusted."""
        return self.state / "trust"

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.state / "journal.db"

    @property
    def jobs(self) -> Path:
        """What happens later."""
        return self.state / "jobs.db"

    @property
    def history(self) -> Path:
        """Typed lines."""
        return self.state / "history"

    @property
    def store(self) -> Path:
        """Pre-images and trash."""
        return self.data / "undo"

    @property
    def memory(self) -> Path:
        """The folder of what is remembered."""
        return self.data / "memory"

    @property
    def documents(self) -> Path:
        """The folder of what was read of files."""
        return self.data / "documents"

    @property
    def apps(self) -> Path:
        """Manifests of plugins."""
        return self.state / "apps"

    @property
    def sessions(self) -> Path:
        """Lock files of running sessions."""
        return self.state / "sessions"


def socket_of(places: Folders) -> Path:
    """Where a service of this user listens."""
    return places.runtime / "service.sock"


def folders(environ: Mapping[str, str], home: Path) -> Folders:
    """The folders for this user; `AOSH_HOME` puts all of the user's under one folder."""
    if own := environ.get("AOSH_HOME"):
        root = Path(own).absolute()
        return Folders(root / "state", root / "data", root / "run", root / "config", SYSTEM)
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local/state") / "aosh"
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share") / "aosh"
    runtime = Path(environ["XDG_RUNTIME_DIR"]) / "aosh" if environ.get("XDG_RUNTIME_DIR") else state / "run"
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "aosh"
    return Folders(state, data, runtime, config, SYSTEM)


def working_folder(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The folder to work in: the one given, or the current one.

    Raises:
        ValueError: there is no such folder, or its path cannot be written to the journal.
    """
    try:
        folder = (given or Path(os.getcwd())).absolute()
    except FileNotFoundError:
        gone = environ.get("PWD", "")
        raise ValueError(
            f"the current folder {gone!r} is gone; expected to be started in one that exists, or -C DIR"
        ) from None
    if not folder.is_dir():
        raise ValueError(f"{str(given or folder)!r} is no folder")
    if folder.parent == folder:
        raise ValueError("'/' is the whole machine; expected a folder below it, to work in and below: -C DIR")
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"the path of this folder is not UTF-8: {os.fsencode(folder)!r}; expected one that can be journalled"
        ) from None
    return folder


@dataclass(frozen=True, slots=True)
class Settings:
    """One session's settings."""

    folders: Folders
    cwd: Path = field(default_factory=lambda: Path(os.getcwd()))
    home: Path = field(default_factory=Path.home)
    search: tuple[str, ...] = field(
        default_factory=lambda: tuple(os.environ.get("PATH", "").split(os.pathsep))
    )
    """Folders of the person's programs."""
    extra: tuple[Path, ...] = ()
    """Folders granted besides `cwd`."""
    mind: str = "auto"
    """"auto", "needle", "reader" (no engine), "openai:MODEL", "scripted:FILE" and the like."""
    base_url: str = ""
    """Of the OpenAI-compatible server; empty is what config.toml says."""
    mode: Mode = Mode.ACCEPT_EDITS
    allow: tuple[str, ...] = ()
    """Rules of the command line, such as `file.write(src/**)`."""
    deny: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """Granted hosts, such as `example.org` or `*.example.org:8080`."""
    is_rehearsal: bool = False
    """Every effect is asked about, so that a run can be shown before it is made."""
    is_ephemeral: bool = False
    """Keep the journal in memory; undo then ends with the session."""
    is_bare: bool = False
    """No plugins, no rules of the project."""
    max_turns: int = 20
    max_tokens: int | None = None
    """Tokens that models may read and write for one request."""
    timeout_s: float | None = None
    limits: tuple[str, ...] = ()
    """As `--limit` gave them; they stand in `config` already."""
    config: Config = field(default_factory=Config)
    """What the user's and the machine's config.toml say."""
    remarks: tuple[str, ...] = ()
    """What a person should know of it."""
