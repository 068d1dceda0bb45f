"""How does a process leave the host's namespaces? Tier F's first layer, under Landlock, seccomp and limits.

Our own calls and not bubblewrap: docs/decisions/0007-own-namespaces.md.

Source: user_namespaces(7), pid_namespaces(7).
"""

import errno
import os
from typing import NoReturn

from kernel.jail.mounts import Mounts, add, build, lay, seal
from kernel.jail.native import PR_SET_PDEATHSIG, number, prctl, syscall
from kernel.jail.privileges import bound_capabilities, drop_all_capabilities, no_new_privs

__all__ = ["Mounts", "enter"]

_signal = __import__("_signal")  # the module `signal` costs 10 ms to import

NOBODY = 65534
"""The user and group that everything belongs to inside."""

_NEW_FILES, _NEW_CGROUP, _NEW_HOST_NAME, _NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEW_USER, _NEW_PIDS, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
_PR_SET_DUMPABLE = 4
_KILL = 9
_HOST_NAME = b"aosh"
_FEWEST_PIDS = 512
"""The kernel reserves the first 300 of a process namespace."""
_FAILED = 125
_MOST_DESCRIPTORS = 1 << 20


def enter(mounts: Mounts) -> int:
    """Move the calling process, which must have one thread, into new namespaces, for good, without capabilities.

    Returns in the process that goes on: a descendant, so that it has the new process namespace. The caller stays
    as its waiter without any descriptor, ends as it did, and takes it along when killed. All stay in the caller's
    session and process group; it should have made its own.

    Returns:
        The number under which the host knows the first process inside; without `mounts.forks` that is this one.

    Raises:
        OSError: the kernel forbids it, as where unprivileged user namespaces are switched off; `strerror` says
            at what. The process may be half-way in: it must end.
    """
    verdict, pid = _leave_host(mounts)
    settle(mounts)
    if verdict >= 0:
        if mounts.forks:
            _go_on_below_reaper(verdict)
        os.close(verdict)
    return pid


def leave() -> None:
    """The first half of `enter`, ahead of knowing what will be seen: namespaces, and the processes that wait.

    Returns, as `enter`, in a descendant; that still sees the host's files and has powers over its namespaces
    until it calls `settle`, before any code that is not ours.

    Raises:
        OSError: as `enter`.
    """
    verdict, _ = _leave_host(Mounts(read=[], write=[], overlays=[], tmp_bytes=0))
    _go_on_below_reaper(verdict)
    os.close(verdict)


def settle(mounts: Mounts) -> None:
    """The second half: the host's files go, and every capability.

    Raises:
        OSError: as `enter`.
    """
    _name_and_limit(mounts)
    build(mounts)
    drop_all_capabilities(keeps_files=mounts.keeps_ids and os.geteuid() == 0)


def settle_on(ground: Mounts) -> None:
    """The second half as far as it is the same for every jail; `settle_in` is what is left of it.

    Raises:
        OSError: as `enter`.
    """
    _name_and_limit(ground)
    lay(ground)
    bound_capabilities(keeps_files=False)


def settle_in(rest: Mounts) -> None:
    """What a jail shows besides its ground; then the host's files go, and every capability. Raises as `enter` does."""
    add(rest)
    seal()
    drop_all_capabilities(is_bounded=True)


def _name_and_limit(mounts: Mounts) -> None:
    syscall(number("sethostname"), _HOST_NAME, len(_HOST_NAME))
    _lower_namespace_limits(mounts)


def _leave_host(mounts: Mounts) -> tuple[int, int]:
    """Go on in new namespaces; what `_go_on_in_child` returned, -1 for the first where the host's processes stay in sight."""
    no_new_privs()
    uid, gid = os.geteuid(), os.getegid()
    prctl(_PR_SET_DUMPABLE, 1)  # after a change of user its own /proc files would be root's
    kinds = _NEW_USER | _NEW_FILES | _NEW_HOST_NAME | _NEW_IPC
    if not mounts.sees_host:
        kinds |= _NEW_PIDS | _NEW_NETWORK | _NEW_CGROUP
    if mounts.keeps_ids and uid == 0:
        _unshare_with_all_ids(kinds)
    else:
        _unshare(kinds)
        inside = (uid, gid) if mounts.keeps_ids else (NOBODY, NOBODY)
        _map_ids("self", f"{inside[0]} {uid} 1", f"{inside[1]} {gid} 1")
    return (-1, os.getpid()) if mounts.sees_host else _go_on_in_child()


def _unshare(kinds: int) -> None:
    try:
        syscall(number("unshare"), kinds)
    except OSError as refusal:
        raise OSError(refusal.errno, f"unshare: {refusal.strerror}") from None


def _unshare_with_all_ids(kinds: int) -> None:
    """Root's own way: every id stays what it is. Only a process left behind may write such a map."""
    target = os.getpid()
    go, ready = os.pipe()
    helper = os.fork()
    if helper == 0:
        try:
            os.close(ready)
            if os.read(go, 1):
                _map_ids(str(target), *["0 0 4294967295"] * 2)
            os._exit(0)
        except OSError as refusal:
            os._exit(refusal.errno or _FAILED)
    try:
        os.close(go)
        _unshare(kinds)
        os.write(ready, b"1")
    finally:
        os.close(ready)
        code = os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1])
    if code:
        raise OSError(abs(code), f"uid_map: {os.strerror(abs(code))}")


def _map_ids(pid: str, users: str, groups: str) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", users), ("gid_map", groups)):
        try:
            _write(f"/proc/{pid}/{name}", text)
        except OSError as refusal:
            raise OSError(refusal.errno, f"{name}: {refusal.strerror}") from None


def _lower_namespace_limits(mounts: Mounts) -> None:
    """No user namespace inside, and few processes even for root. What a kernel lacks, seccomp and limits hold."""
    wishes = [("/proc/sys/user/max_user_namespaces", "0")]
    if not mounts.sees_host:
        wishes.append(("/proc/sys/kernel/pid_max", str(_FEWEST_PIDS)))
    for path, text in wishes:
        try:
            _write(path, text)
        except OSError as refusal:
            if refusal.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.EINVAL):
                raise


def _go_on_in_child() -> tuple[int, int]:
    """Fork; in the parent, wait and end as the child did. Returns in the child, the first of its namespace.

    Returns:
        A descriptor on which the child may tell another wait status than its own; its number for the host.
    """
    lifeline, held = os.pipe()
    heard, verdict = os.pipe()
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    child = os.fork()
    if child:
        prctl(_PR_SET_DUMPABLE, 0)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())  # whoever starts it may have held signals back
        os.write(held, child.to_bytes(4, "little"))
        _close_all_but(held, heard)
        status = os.waitpid(child, 0)[1]
        told = os.read(heard, 4)
        _end_as(int.from_bytes(told, "little") if told else status)
    os.close(held)
    os.close(heard)
    prctl(PR_SET_PDEATHSIG, _KILL)
    pid = os.read(lifeline, 4)
    if _is_hung_up(lifeline):
        raise OSError(errno.ESRCH, "the parent is already gone")
    os.close(lifeline)
    return verdict, int.from_bytes(pid, "little")


def _go_on_below_reaper(verdict: int) -> None:
    """Fork; the parent reaps whatever is orphaned, and when the child has ended tells how and ends the rest."""
    program = os.fork()
    if program == 0:
        return
    drop_all_capabilities()
    prctl(_PR_SET_DUMPABLE, 0)
    _close_all_but(verdict)
    drop_all_capabilities()
    while True:
        pid, status = os.wait()
        if pid == program:
            os.write(verdict, status.to_bytes(4, "little"))
            os._exit(0)


def _is_hung_up(pipe: int) -> bool:
    os.set_blocking(pipe, False)
    try:
        return os.read(pipe, 1) == b""
    except BlockingIOError:
        return False


def _close_all_but(*kept: int) -> None:
    start = 0
    for descriptor in sorted(kept):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, _MOST_DESCRIPTORS)


def _end_as(status: int) -> NoReturn:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code != _KILL:
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
