"""What a jailed program may try on files. Part of `attempts`."""

import errno
import os
import threading
import time

from kernel.jail.native import syscall
from kernel.jail.syscall_numbers import (
    CHECKED,
    MACHINES,
    METADATA_BY_DESCRIPTOR,
    METADATA_BY_PATH,
    REFUSED,
)

NUMBERS = REFUSED | METADATA_BY_PATH | METADATA_BY_DESCRIPTOR | CHECKED
SECRET = "the secret"


def number(name: str) -> int:
    found = NUMBERS[name][MACHINES.index(os.uname().machine)]
    if found is None:
        raise OSError(errno.ENOSYS, "not on this machine")
    return found


def read(path: str) -> str:
    with open(path, encoding="utf-8") as stream:
        return stream.read(20)


def list_names(path: str) -> int:
    return len(os.listdir(path))


def write(path: str) -> int:
    with open(path, "a", encoding="utf-8") as stream:
        return stream.write("x")


def read_through_symlink(inside: str, target: str) -> str:
    os.symlink(target, f"{inside}/link")
    return read(f"{inside}/link")


def read_through_hard_link(inside: str, target: str) -> str:
    os.link(target, f"{inside}/hard")
    return read(f"{inside}/hard")


def race_a_symlink(inside: str, outside: str) -> str:
    """Swap a directory for a symlink while reading through it; say whether the secret ever came out."""
    decoy, link, way = f"{inside}/decoy", f"{inside}/swap", f"{inside}/way"
    os.mkdir(decoy)
    with open(f"{decoy}/secret", "w", encoding="utf-8") as stream:
        stream.write("nothing")
    os.symlink(outside, link)
    os.rename(decoy, way)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.rename(way, decoy)
            os.rename(link, way)
            os.rename(way, link)
            os.rename(decoy, way)

    racer = threading.Thread(target=swap)
    racer.start()
    seen = set()
    deadline = time.monotonic() + 0.3
    while time.monotonic() < deadline:
        try:
            seen.add(read(f"{way}/secret"))
        except OSError as refusal:
            seen.add(str(refusal.errno))
    stop.set()
    racer.join()
    return "leak" if SECRET in seen else "no leak"


def rename(source: str, target: str) -> str:
    os.rename(source, target)
    return "rename"


def exchange(source: str, target: str) -> str:
    renameat2 = {"x86_64": 316, "aarch64": 276}[os.uname().machine]
    syscall(renameat2, -100, source.encode() + b"\0", -100, target.encode() + b"\0", 2)
    return "exchange"


def truncate(path: str) -> str:
    os.truncate(path, 0)
    return "truncate"


def open_truncating(path: str) -> str:
    os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))
    return "truncate"


def remove(path: str) -> str:
    os.unlink(path)
    return "remove"


def make_directory(path: str) -> str:
    os.mkdir(path)
    return "mkdir"


def make_device(path: str) -> str:
    os.mknod(path, 0o020666, os.makedev(1, 3))
    return "mknod"


def size(path: str) -> int:
    return os.stat(path).st_size


def chmod(path: str) -> str:
    os.chmod(path, 0o600)
    return "chmod"


def chown(path: str) -> str:
    os.chown(path, os.getuid(), os.getgid())
    return "chown"


def utime(path: str) -> str:
    os.utime(path, (1, 1))
    return "utime"


def setxattr(path: str) -> str:
    os.setxattr(path, "user.x", b"1")
    return "setxattr"


def chmod_through_path_descriptor(path: str) -> str:
    descriptor = os.open(path, os.O_PATH)
    syscall(number("fchmodat2"), descriptor, b"\0", 0o600, 0x1000)
    return "chmod"


def change_metadata_through_descriptor(path: str) -> str:
    descriptor = os.open(path, os.O_RDONLY)
    os.fchmod(descriptor, 0o640)
    os.utime(descriptor, (1, 1))
    os.chown(descriptor, os.getuid(), os.getgid())
    found = os.fstat(descriptor)
    return f"{found.st_mode & 0o777:o} {found.st_mtime:.0f}"
