"""Attempts to reach calls of the kernel that no program in a workspace needs."""

import errno
import os
import signal
from collections.abc import Callable

from kernel.jail.native import number, syscall
from kernel.jail.probes.world import World

_NEW_USER = 0x10000000
_GROUPS = {
    "mount": "mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr",
    "bpf": "bpf",
    "perf": "perf_event_open",
    "userfaultfd": "userfaultfd",
    "keyrings": "add_key keyctl request_key",
    "handles": "name_to_handle_at open_by_handle_at",
    "kernel_code": "kexec_load kexec_file_load init_module finit_module delete_module",
    "clone3": "clone3",
    "io_uring": "io_uring_setup io_uring_enter io_uring_register",
}


def _group(names: str) -> Callable[[World], str]:
    def attempt(world: World) -> str:
        del world
        return _reach(names.split())

    return attempt


def namespaces(world: World) -> str:
    """Reach unshare, setns, and clone with new namespaces."""
    del world
    try:
        return _reach(["unshare", "setns"])
    except OSError:
        child = syscall(number("clone"), signal.SIGCHLD | _NEW_USER, 0, 0, 0, 0)
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return "clone made a user namespace"


def _reach(names: list[str]) -> str:
    """Call each with nonsense: one that looks at its arguments was reached.

    Raises:
        OSError: all were refused before that.
    """
    last = OSError(errno.ENOSYS, "none")
    for name in names:
        try:
            return f"{name} gave {syscall(number(name), 0, 0, 0, 0, 0, 0)}"
        except OSError as refusal:
            if refusal.errno not in (errno.EPERM, errno.ENOSYS):
                return f"{name} answered {errno.errorcode.get(refusal.errno or 0, '?')}"
            last = refusal
    raise last


ATTEMPTS = {name: _group(names) for name, names in _GROUPS.items()}
"""By name, those that are only calls."""
