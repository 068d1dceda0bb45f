"""Attempts on files."""

import errno
import os
import threading
import time

from kernel.jail.probes.world import SECRET, World, any_of, read


def read_secret(world: World) -> str:
    """Read a file outside the grant."""
    return read(world["secret"])


def write_outside(world: World) -> str:
    """Make a file outside the grant."""
    return _write(f"{world['outside']}/new")


def append_dotfile(world: World) -> str:
    """Append to a dotfile in the home folder."""
    return _write(f"{world['outside']}/.profile")


def symlink(world: World) -> str:
    """Read outside through a symbolic link in the workspace."""
    os.symlink(world["secret"], f"{world['inside']}/link")
    return read(f"{world['inside']}/link")


def hard_link(world: World) -> str:
    """Link a file from outside into the workspace and read it."""
    os.link(world["secret"], f"{world['inside']}/hard")
    return read(f"{world['inside']}/hard")


def dot_dot(world: World) -> str:
    """Read outside through .. from the workspace."""
    return read(f"{world['inside']}/../outside/secret")


def proc_root(world: World) -> str:
    """Read outside through /proc/self/root, /proc/1/root and the like."""
    places = (
        "self/root",
        "1/root",
        "self/cwd/../../../../../..",
        f"{world['victim']}/root",
        f"{world['victim']}/cwd",
    )
    return any_of(*(lambda place=place: read(f"/proc/{place}{world['secret']}") for place in places))


def race(world: World) -> str:
    """Swap a folder for a link while reading through it."""
    decoy, link, way = (f"{world['inside']}/{name}" for name in ("decoy", "swap", "way"))
    os.mkdir(decoy)
    os.symlink(world["outside"], link)
    os.rename(decoy, way)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for source, target in ((way, decoy), (link, way), (way, link), (decoy, way)):
                os.rename(source, target)

    racer = threading.Thread(target=swap)
    racer.start()
    try:
        deadline = time.monotonic() + 0.3
        while time.monotonic() < deadline:
            try:
                return read(f"{way}/secret")
            except OSError:
                continue
    finally:
        stop.set()
        racer.join()
    raise OSError(errno.EACCES, "never")


def rename(world: World) -> str:
    """Move a file out of, and into, the workspace."""
    inside, outside = world["inside"], world["outside"]
    return any_of(
        lambda: os.rename(f"{outside}/other", f"{inside}/stolen"),
        lambda: os.rename(f"{inside}/mine", f"{outside}/mine"),
    )


def chmod(world: World) -> str:
    """Change the mode of a file outside."""
    os.chmod(f"{world['outside']}/.profile", 0o600)
    return "changed its mode"


def utime(world: World) -> str:
    """Change the times of a file outside."""
    os.utime(f"{world['outside']}/.profile", (1, 1))
    return "changed its times"


def xattr(world: World) -> str:
    """Set an attribute of a file outside."""
    os.setxattr(f"{world['outside']}/.profile", "user.probe", b"1")
    return "set an attribute"


def hook(world: World) -> str:
    """Write a hook of the workspace's own repository."""
    return _write(f"{world['inside']}/.git/hooks/pre-commit")


def new_hook(world: World) -> str:
    """Make a new repository with a hook inside the workspace."""
    os.makedirs(f"{world['inside']}/nested/.git/hooks")
    return _write(f"{world['inside']}/nested/.git/hooks/pre-commit")


def _write(path: str) -> str:
    with open(path, "a", encoding="utf-8") as stream:
        stream.write(SECRET)
    return f"wrote {path}"
