"""What does a jailed program see of the file system? A root of its own, built from pieces of the host's.

Sources are cloned by descriptor before anything moves and put in place by descriptor after, with no symbolic
link followed on either side: what another process renames meanwhile cannot change what is mounted.

Source: mount_setattr(2), open_tree(2), move_mount(2), pivot_root(2), overlayfs.rst of Linux 6.18.
"""

import os
import stat
import struct
from collections.abc import Sequence
from typing import NamedTuple

from kernel.jail.native import number, syscall


class Mounts(NamedTuple):
    """The file system of one jail; plain values, so that `marshal` carries them. Paths are canonical."""

    read: list[str]
    """Host paths bound read-only at their own path."""
    write: list[str]
    """Host paths bound for reading and writing at their own path."""
    overlays: list[tuple[str, str, str]]
    """(lower, upper, work): an overlay mounted at the path of `lower`; the last two on one file system."""
    tmp_bytes: int
    """Size of the private /tmp, and of /dev/shm."""
    links: Sequence[tuple[str, str]] = ()
    """(path, target): symbolic links that lead to what is bound, such as /lib."""
    sealed: Sequence[str] = ()
    """Paths below those of `write` that are bound read-only on top."""
    keeps_ids: bool = False
    """Files show their true owner where the system allows it; else everything is uid and gid 65534."""
    sees_host: bool = False
    """Watches the machine: shares the host's processes, network and mounts, the last read-only down to the ground;
    which files it may look into is then Landlock's alone."""
    forks: bool = True
    """Whether the program may have children, and so needs a first process that reaps them."""


_DEVICES = ("null", "zero", "full", "random", "urandom")
_STREAMS = (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2"))
_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_MS_REC, _MS_PRIVATE, _MNT_DETACH = 1 << 14, 1 << 18, 2
_RDONLY = 1  # of mount(2) and mount_setattr(2) alike, as are the three above
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE, _OPEN_TREE_CLONE = -100, 0x1000, 0x8000, 1
_BY_DESCRIPTORS = 0x04 | 0x40  # MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH
_NO_LINKS = 0x02 | 0x04  # RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS
_SET_FLAG, _SET_STRING, _CREATE, _CLOSE_ON_EXEC = 0, 1, 6, 1
_BASE, _OLD = "/usr", "/.old"
"""Any directory that every system has: the new root is mounted there for the moment before it is the root."""


def build(mounts: Mounts) -> None:
    """Make the calling process's mount namespace, new and its own, the one that `mounts` describes.

    Raises:
        OSError: the kernel refused; `filename` says what was being mounted.
    """
    if mounts.sees_host:
        mount("", "/", "", _MS_REC | _MS_PRIVATE)
        _set_attributes(_AT_FDCWD, "/", _RDONLY | _NOSUID, _AT_RECURSIVE)
        return
    lay(mounts)
    seal()


def lay(mounts: Mounts) -> None:
    """The first part of `build`: a root with what `mounts` names. The host's files stay in reach, at `_OLD`, for `add`.

    Raises:
        OSError: as `build`.
    """
    mount("", "/", "", _MS_REC | _MS_PRIVATE)
    trees = _trees(mounts, "") | _own_trees(mounts)
    mount("tmpfs", _BASE, "tmpfs", _NOSUID | _NODEV, "mode=755,size=4m")
    os.mkdir(_BASE + _OLD)
    _do("/", "pivot_root", _BASE.encode() + b"\0", (_BASE + _OLD).encode() + b"\0")
    os.chdir("/")
    mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, f"mode=1777,size={mounts.tmp_bytes},nr_inodes=65536")
    _make_devices(mounts.tmp_bytes)
    _put_all(trees, mounts.links)


def add(mounts: Mounts) -> None:
    """What `mounts` names on top of what was laid; only its places and links count. Raises as `build` does."""
    _put_all(_trees(mounts, _OLD), mounts.links)


def seal() -> None:
    """The last part: the host's files go, and the root cannot be written any more. Raises as `build` does."""
    _do("/", "umount2", _OLD.encode() + b"\0", _MNT_DETACH)
    os.rmdir(_OLD)
    _set_attributes(_AT_FDCWD, "/", _RDONLY, 0)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """As mount(2).

    Raises:
        OSError: the kernel refused; `filename` is the target.
    """
    if kind and target != _BASE:
        os.makedirs(target, exist_ok=True)
    texts = [text.encode() + b"\0" for text in (source, target, kind, options)]
    _do(target, "mount", texts[0], texts[1], texts[2] if kind else None, flags, texts[3])


_Trees = dict[str, tuple[int, bool]]
"""Where it goes -> a detached mount, and whether it is a directory."""


def _trees(mounts: Mounts, host: str) -> _Trees:
    """What is cloned from the host, whose root is at `host`, and overlays of it."""
    overlaid = [lower for lower, _, _ in mounts.overlays]
    writable = [*mounts.write, *overlaid]
    found: _Trees = {}
    bound: list[str] = []
    for path in sorted(set(mounts.read)):
        if not _is_beneath(path, bound) and not _is_beneath(path, writable):
            bound.append(path)
            found[path] = _clone(host + path, _RDONLY | _NOSUID | _NODEV)
    for path in sorted(set(mounts.write) - set(overlaid)):
        found[path] = _clone(host + path, _NOSUID | _NODEV)
    for lower, upper, work in mounts.overlays:
        found[lower] = _overlay(host + lower, host + upper, host + work), True
    for path in mounts.sealed:
        found[path] = _clone(host + path, _RDONLY | _NOSUID | _NODEV)
    return found


def _own_trees(mounts: Mounts) -> _Trees:
    """What every jail has."""
    found = {f"/dev/{name}": _clone(f"/dev/{name}", _NOSUID | _NOEXEC) for name in _DEVICES}
    if "/proc" not in mounts.read:  # else it was granted, and is the host's
        found["/proc"] = _make("/proc", "proc", {}, _NOSUID | _NODEV | _NOEXEC | _RDONLY), True
    return found


def _put_all(trees: _Trees, links: Sequence[tuple[str, str]]) -> None:
    for path in sorted(trees):  # parents first
        _put(path, *trees[path])
    for path, target in links:
        if not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(target, path)


def _is_beneath(path: str, roots: list[str]) -> bool:
    return any(path == root or path.startswith(root + "/") for root in roots)


def _clone(path: str, attributes: int) -> tuple[int, bool]:
    """A detached copy of the mounts at `path` and below, and whether it is a directory."""
    source = _open(path)
    try:
        is_folder = stat.S_ISDIR(os.fstat(source).st_mode)
        flags = _OPEN_TREE_CLONE | _AT_EMPTY_PATH | _AT_RECURSIVE | os.O_CLOEXEC
        tree = _do(path, "open_tree", source, b"\0", flags)
    finally:
        os.close(source)
    _set_attributes(tree, "", attributes, _AT_EMPTY_PATH | _AT_RECURSIVE)
    return tree, is_folder


def _overlay(lower: str, upper: str, work: str) -> int:
    """A detached overlay. Its layers are named by descriptor: no character of a path means anything.

    Volatile: without it unmounting writes the file system of `upper` to the disk, 10 ms and more at the end of
    every run. What lands is synced by who lands it; after a crash of the machine an upper is dropped anyway. It
    is mounted once: the kernel refuses a `work` that was used.
    """
    layers = [_open(path) for path in (lower, upper, work)]
    names = ("lowerdir", "upperdir", "workdir")
    options = {name: f"/proc/self/fd/{layer}" for name, layer in zip(names, layers, strict=True)}
    try:
        return _make(lower, "overlay", options | {"userxattr": "", "volatile": ""}, _NOSUID | _NODEV)
    finally:
        for descriptor in layers:
            os.close(descriptor)


def _make(path: str, kind: str, options: dict[str, str], attributes: int) -> int:
    """A new detached file system. The old root must still be there: the kernel shows no more of /proc than it had."""
    context = _do(path, "fsopen", kind.encode() + b"\0", _CLOSE_ON_EXEC)
    try:
        for key, value in options.items():
            how = _SET_STRING if value else _SET_FLAG
            _do(
                path,
                "fsconfig",
                context,
                how,
                key.encode() + b"\0",
                value.encode() + b"\0" if value else None,
                0,
            )
        _do(path, "fsconfig", context, _CREATE, None, None, 0)
        return _do(path, "fsmount", context, _CLOSE_ON_EXEC, attributes)
    finally:
        os.close(context)


def _make_devices(shared_bytes: int) -> None:
    mount("tmpfs", "/dev/shm", "tmpfs", _NOSUID | _NODEV | _NOEXEC, f"mode=1777,size={shared_bytes}")
    for name, rest in _STREAMS:
        os.symlink(f"/proc/self/fd{rest}", f"/dev/{name}")


def _put(path: str, tree: int, is_folder: bool) -> None:
    try:
        target = _open(path)
    except FileNotFoundError:
        os.makedirs(path if is_folder else os.path.dirname(path), exist_ok=True)
        if not is_folder:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444))
        target = _open(path)
    _do(path, "move_mount", tree, b"\0", target, b"\0", _BY_DESCRIPTORS)
    os.close(target)
    os.close(tree)


def _set_attributes(at: int, path: str, attributes: int, flags: int) -> None:
    wanted = struct.pack("=4Q", attributes, 0, 0, 0)
    _do(path, "mount_setattr", at, path.encode() + b"\0", flags, wanted, len(wanted))


def _open(path: str) -> int:
    how = struct.pack("=3Q", os.O_PATH | os.O_CLOEXEC, 0, _NO_LINKS)
    return _do(path, "openat2", _AT_FDCWD, os.fsencode(path) + b"\0", how, len(how))


def _do(what: str, name: str, *args: int | bytes | None) -> int:
    try:
        return syscall(number(name), *args)
    except OSError as refusal:
        raise OSError(refusal.errno, f"{name}: {refusal.strerror}", what) from None
