"""Where the service listens, and whether that is a place only its own user can reach."""

import os
import socket
import stat
import struct
from pathlib import Path
from typing import NamedTuple

from apps.shell.service.messages import Place
from apps.shell.settings import Folders, Settings

_CREDENTIALS = struct.Struct("3i")


class Unsafe(Exception):
    """Somebody else could stand in the way; says who and where."""


class Peer(NamedTuple):
    """Who is at the other end, as the system says."""

    pid: int
    uid: int
    gid: int


def lock_of(places: Folders) -> Path:
    """The lock of the one service that runs; holds its pid."""
    return places.runtime / "service.lock"


def check_folder(folder: Path) -> None:
    """Make sure that only this user can put anything into the socket's folder.

    Raises:
        Unsafe: it belongs to another user, others may write there, or it is a link.
    """
    try:
        found = os.lstat(folder)
    except OSError as error:
        raise Unsafe(f"the socket's folder {str(folder)!r}: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise Unsafe(f"the socket's folder {str(folder)!r} is no folder of its own; expected one, not a link")
    if found.st_uid != os.getuid():
        raise Unsafe(
            f"the socket's folder {str(folder)!r} belongs to user {found.st_uid}, not to you ({os.getuid()})"
        )
    if found.st_mode & 0o077:
        raise Unsafe(
            f"the socket's folder {str(folder)!r} is open to others (mode {stat.S_IMODE(found.st_mode):o}); "
            "expected 700: chmod 700 closes it"
        )


def peer_of(sock: socket.socket) -> Peer:
    """Who is connected."""
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return Peer(*_CREDENTIALS.unpack(raw))


def check_peer(sock: socket.socket) -> Peer:
    """Make sure that the other end is this user's.

    Raises:
        Unsafe: it is not.
    """
    found = peer_of(sock)
    if found.uid != os.getuid():
        raise Unsafe(f"the other end belongs to user {found.uid}, not to you ({os.getuid()})")
    return found


def walls_of(pid: int) -> tuple[str, ...]:
    """What holds a process in by seccomp and "no new privileges", as `/proc` says; empty when it cannot be told."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return ()
    return tuple(line for line in lines if line.startswith(("NoNewPrivs:", "Seccomp:")))


def place_of(settings: Settings) -> Place:
    """Where a shell with these settings stands."""
    here = os.stat(settings.cwd)
    mask = os.umask(0o077)
    os.umask(mask)
    return Place(
        named(settings.folders), str(settings.cwd), (here.st_dev, here.st_ino), str(settings.home),
        mask, os.getgid(), f"{settings.mind} {settings.base_url}".strip(),
    )  # fmt: skip


def named(places: Folders) -> tuple[str, ...]:
    """The folders of a user as texts."""
    return tuple(str(each or "") for each in (places.state, places.data, places.runtime, places.config))


def mismatch(given: Place, settings: Settings) -> str:
    """Why a shell that stands there must start alone; empty where the service with these settings is the one."""
    own = place_of(settings)
    for name in ("folders", "home", "umask", "gid", "mind"):
        if getattr(given, name) != getattr(own, name):
            return f"its {name} is {getattr(given, name)!r}, the service's {getattr(own, name)!r}"
    try:
        here = os.stat(given.cwd)
    except OSError as error:
        return f"the service cannot see {given.cwd!r}: {error.strerror}"
    if (here.st_dev, here.st_ino) != given.identity:
        return f"{given.cwd!r} is another folder for the service"
    return ""
