"""What a process may do: capabilities `(right, scope)` that only narrow.

Holding one is the whole check; there is no "is admin" anywhere. Scope checks here are lexical:
the driver opens beneath its roots by descriptor, so no symbolic link leads out.
"""

from enum import Enum
from pathlib import PurePosixPath

import msgspec

from syscalls import hosts
from syscalls.errors import NotPermitted


class Right(Enum):
    """A kind of access. File rights are scoped by a folder, the others by a name or "*"."""

    FS_READ = "fs.read"
    FS_WRITE = "fs.write"
    SYS_READ = "sys.read"
    TOOL_LIST = "tool.list"
    UI = "ui"
    EXEC = "exec"
    """Running programs; the scope is a program as it is called (`pytest`, `./run.sh`)."""
    SCHEDULE = "schedule"
    """Making jobs that happen later; a job itself never holds it."""
    PROC = "proc"
    """Starting and stopping agents; one that is started by a call never holds it."""
    APP = "app"
    """Use of a plugin's calls; the scope is the plugin's namespace."""
    NET = "net"
    """Reaching a host; the scope is `example.org`, `*.example.org`, or either with a port. What is not held is
    asked about."""

    MEMORY = "memory"
    """Use of what is remembered; the scope is a space (`user`, `project`), or "*" for all of them."""

    @property
    def is_path(self) -> bool:
        """Whether scopes of this right are absolute folder paths."""
        return self in (Right.FS_READ, Right.FS_WRITE)


ANY = "*"
"""The scope that covers every name (never used for paths)."""


class Cap(msgspec.Struct, frozen=True, order=False):
    """One right over one scope."""

    right: Right
    scope: str
    """An absolute folder path for file rights, else a name or "*"."""

    def covers(self, right: Right, target: str) -> bool:
        """Whether this capability allows `right` on `target` (an absolute path, or a name)."""
        if right is not self.right:
            return False
        if right is Right.NET and self.scope != ANY:
            return hosts.covers(self.scope, target)
        if not right.is_path:
            return self.scope in (ANY, target)
        return is_beneath(target, self.scope)

    def mint(self, scope: str) -> "Cap":
        """A child capability over `scope`, never wider than this one.

        Raises:
            NotPermitted: `scope` lies outside this capability's own.
        """
        if scope != self.scope and not self.covers(self.right, scope):
            raise NotPermitted(f"cannot mint {self.right.value} on {scope!r} from one on {self.scope!r}")
        return Cap(self.right, scope)


def is_beneath(path: str, root: str) -> bool:
    """Whether the absolute `path` is `root` or lies below it, lexically; `..` never passes."""
    pure = PurePosixPath(path)
    return pure.is_absolute() and ".." not in pure.parts and pure.is_relative_to(root)


def holds(caps: frozenset[Cap], right: Right, target: str) -> bool:
    """Whether any of `caps` covers `right` on `target`."""
    return any(cap.covers(right, target) for cap in caps)
