"""What is the child told? A spec turned into paths and rights that leave it no choice."""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache

from kernel.jail.mounts import Mounts
from kernel.jail.rights import DEVICE, LIST, MAKE_SOCK, READ, RUN, WRITE, WRITE_FILE
from kernel.jail.spec import JailError, JailSpec

Rule = tuple[str, int]
"""(canonical path, Landlock rights on it and all beneath)."""

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
_ETC = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "timezone",
    "ssl/openssl.cnf",
    "alternatives",
)
_SOURCES = ("/dev/zero", "/dev/random", "/dev/urandom")
_OWN: tuple[Rule, ...] = (
    ("/tmp", WRITE | MAKE_SOCK),
    ("/dev/shm", WRITE),
    ("/proc", READ | WRITE_FILE),
    ("/dev/full", DEVICE),
    ("/", LIST),
)
_PACKAGES = ("syscalls", "kernel", "memory", "apps")
_A_PROCESS = re.compile(r"/proc/\d+(/|$)")


def package_root() -> str:
    """The directory our own packages are imported from."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def search_path(spec: JailSpec) -> list[str]:
    """Where the child looks for modules after the standard library and ours: what pip installed, the spec's.

    Taken from this process instead of running `site` in the child, which costs more than the whole jail and
    would execute the `.pth` files of every installed package.
    """
    return list(dict.fromkeys([*_installed(), *spec.imports]))


def rules(spec: JailSpec, *, private: bool = False) -> list[Rule]:
    """The whole allow-list of a jail: the system's part and the spec's.

    Args:
        private: the jail has namespaces (tier F): what runs programs gets its own /tmp, /proc and /dev/shm.

    Raises:
        JailError: a path of the spec does not exist, or is one a grant cannot name.
    """
    granted = [(_canonical("read", path), READ) for path in (*spec.read, *spec.imports)]
    granted += [(_canonical("write", path), WRITE) for path in spec.write]
    granted += [(_canonical("run", path), RUN) for path in spec.run]
    own = list(_OWN) if private and spec.execute else []
    return [*_system(RUN if spec.execute else READ), *granted, *own]


def mounts(
    spec: JailSpec, overlays: Sequence[tuple[str, str, str]] = (), tmp_bytes: int = 256 << 20
) -> Mounts:
    """The file system of a jail with namespaces; its paths are those of the host.

    To a jail that runs programs, /tmp is its own, also where `spec.write` names it.

    Args:
        overlays: (lower, upper, work); the program writes at `lower` and the host's files stay as they are.
        tmp_bytes: size of its private /tmp.

    Raises:
        JailError: as `rules`.
    """
    readable = (*spec.read, *spec.imports, *spec.run)
    read = {_canonical("read", path) for path in readable}
    write = {_canonical("write", path) for path in spec.write} - ({"/tmp"} if spec.execute else set())
    lowers = [_canonical("write", lower) for lower, _, _ in overlays]
    places = [path for path, _ in _system(READ) if not path.startswith("/dev/") and path != package_root()]
    return Mounts(
        read=_entries_of_root(read) + places,
        write=sorted(_joined(write) if spec.metadata and not spec.execute else write),
        overlays=[(lower, upper, work) for lower, (_, upper, work) in zip(lowers, overlays, strict=True)],
        tmp_bytes=tmp_bytes,
        links=sorted({*_system_links(), *_links((*readable, *spec.write))}),
        sealed=[] if spec.git else _repositories(write - set(lowers)),
        keeps_ids=spec.metadata and not spec.execute,
        sees_host="/proc" in read and not write,
        forks=spec.processes,
    )


def _repositories(roots: set[str]) -> list[str]:
    """What git keeps directly below `roots`."""
    found = {os.path.realpath(f"{root}/.git") for root in roots}
    return sorted(path for path in found if os.path.exists(path) and _is_beneath(path, roots))


def _joined(roots: set[str]) -> set[str]:
    """Roots of one file system as the folder they have in common, unless that is "/".

    From one mount to another nothing can be renamed, only copied: a file driver would copy whatever it moves to the
    trash. Landlock holds it to its grants below the common folder, as everywhere.
    """
    disks: dict[int, list[str]] = {}
    for root in roots:
        disks.setdefault(os.stat(root).st_dev, []).append(root)
    joined = set()
    for disk, those in disks.items():
        top = os.path.commonpath(those)
        joined |= {top} if top != "/" and os.stat(top).st_dev == disk else set(those)
    return joined


def _is_beneath(path: str, roots: Iterable[str]) -> bool:
    return any(path.startswith(f"{root}/") for root in roots)


def _entries_of_root(paths: set[str]) -> list[str]:
    """The same places without "/" itself, where the jail has a root of its own."""
    if "/" not in paths:
        return sorted(paths)
    whole = {f"/{name}" for name in os.listdir("/") if name not in ("proc", "dev", "tmp")}
    return sorted(paths - {"/"} | {path for path in whole if not os.path.islink(path)})


@lru_cache(maxsize=1)
def _system_links() -> tuple[tuple[str, str], ...]:
    return _links(_wanted())


def _links(paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Every symbolic link on the way to `paths`, and what it says."""
    found: dict[str, str] = {}
    waiting = [path for path in dict.fromkeys(paths) if os.path.realpath(path) != path]
    while waiting:
        at = "/"
        for part in waiting.pop().strip("/").split("/"):
            at = os.path.join(at, part)
            if at not in found and os.path.islink(at):
                found[at] = os.readlink(at)
                waiting.append(os.path.normpath(os.path.join(os.path.dirname(at), found[at])))
    return tuple(found.items())


def _wanted() -> list[str]:
    """Where programs and the interpreter's are."""
    return [*_SYSTEM, *(f"{base}/{part}" for base in _prefixes() for part in ("bin", "lib", "lib64"))]


@lru_cache(maxsize=2)
def _system(rights: int) -> tuple[Rule, ...]:
    """The same for every jail, and too many paths to resolve each time."""
    root = package_root()
    readable = [f"{base}/pyvenv.cfg" for base in _prefixes()] + [f"/etc/{name}" for name in _ETC]
    readable += [*_SOURCES, *(f"{root}/{package}" for package in _PACKAGES)]
    readable += _installed()
    wanted = [(path, rights) for path in _wanted()] + [(path, READ) for path in readable]
    wanted += [(root, LIST), ("/dev/null", DEVICE)]
    return tuple(
        dict.fromkeys((os.path.realpath(path), right) for path, right in wanted if os.path.exists(path))
    )


def _installed() -> list[str]:
    return [path for path in sys.path if path.rstrip("/").endswith(("site-packages", "dist-packages"))]


def _prefixes() -> tuple[str, ...]:
    return tuple(dict.fromkeys((sys.base_prefix, sys.base_exec_prefix, sys.prefix)))


def _canonical(field: str, path: str) -> str:
    real = os.path.realpath(path)
    if not os.path.exists(real):
        raise JailError(f"jail {field} path {path!r}: does not exist; grant an existing file or directory")
    if _A_PROCESS.match(real):
        raise JailError(f"jail {field} path {path!r}: is one process's; grant '/proc' or nothing of it")
    if field == "write" and real == "/":
        raise JailError(f"jail {field} path {path!r}: is the root; grant a directory below it")
    return real
