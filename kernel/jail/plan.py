"""What is the child told? A spec turned into paths and rights that leave it no choice."""

import os
import re
import sys

from kernel.jail.rights import DEVICE, LIST, READ, RUN, WRITE
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


def rules(spec: JailSpec) -> list[Rule]:
    """The whole allow-list of a jail: the system's part and the spec's.

    Raises:
        JailError: a path of the spec does not exist, or is one a grant cannot name.
    """
    granted = [(_canonical("read", path), READ) for path in (*spec.read, *spec.imports)]
    granted += [(_canonical("write", path), WRITE) for path in spec.write]
    granted += [(_canonical("run", path), RUN) for path in spec.run]
    return _system(RUN if spec.execute else READ) + granted


def _system(rights: int) -> list[Rule]:
    root = package_root()
    programs = [*_SYSTEM, *(f"{base}/{part}" for base in _prefixes() for part in ("bin", "lib", "lib64"))]
    readable = [f"{base}/pyvenv.cfg" for base in _prefixes()] + [f"/etc/{name}" for name in _ETC]
    readable += [*_SOURCES, *(f"{root}/{package}" for package in _PACKAGES)]
    readable += _installed()
    wanted = [(path, rights) for path in programs] + [(path, READ) for path in readable]
    wanted += [(root, LIST), ("/dev/null", DEVICE)]
    found = {(os.path.realpath(path), right): None for path, right in wanted if os.path.exists(path)}
    return list(found)


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
