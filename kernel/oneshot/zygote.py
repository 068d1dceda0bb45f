"""Who forks the children that become programs, and buries what is left of them? A small process of one thread.

It holds no secret and no descriptor but its socket to the kernel, and ends with that. It is not jailed itself:
what it forks goes to jail before any code that is not ours runs.

The kernel says ("fork",) and ("kill", leader, signal); it answers ("ready", leader) with the child's socket,
and ("done", leader, wait status, CPU seconds, peak bytes) when the last of the leader's process group is gone.
"""

import marshal
import os
import select
import signal
import socket
import sys
from typing import Any

from kernel.jail.native import prctl
from kernel.oneshot.child import prepare_zygote, wait_and_become

PR_SET_CHILD_SUBREAPER = 36
_DYING_S = 0.05
"""How often a group that was killed is looked at again, should no death be heard of."""


class _Run:
    """One forked child and what came of it."""

    def __init__(self) -> None:
        self.status: int | None = None
        """Of its leader, as wait(2) says it; None while that lives."""
        self.cpu_s = 0.0
        self.peak_bytes = 0


class Zygote:
    """The state of the process: its runs, by the pid of their leader."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._runs: dict[int, _Run] = {}

    def serve(self, deaths: int) -> None:
        """Do as the kernel says until it hangs up; `deaths` is readable when a child has died."""
        while True:
            dying = any(run.status is not None for run in self._runs.values())
            control = self._control.fileno()
            ready, _, _ = select.select([control, deaths], [], [], _DYING_S if dying else None)
            if deaths in ready:
                os.read(deaths, 4096)
            if control in ready and not self._obey():
                return
            self._reap()
            self._report()

    def end(self) -> None:
        """Kill every run, and wait for the dead."""
        for leader in self._runs:
            self._kill(leader, signal.SIGKILL)
        try:
            while True:
                os.wait()
        except ChildProcessError:
            return

    def _obey(self) -> bool:
        """Carry out one message; False when the kernel has hung up."""
        try:
            message = self._control.recv(4096)
        except OSError:
            return False
        if not message:
            return False
        verb, *arguments = marshal.loads(message)
        if verb == "fork":
            self._fork()
        elif arguments[0] in self._runs:
            self._kill(*arguments)
        return True

    def _fork(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        zygote = os.getpid()
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.closerange(3, theirs.fileno())
            os.closerange(theirs.fileno() + 1, 1 << 16)
            wait_and_become(theirs, zygote)
        with ours, theirs:
            self._runs[child] = _Run()
            self._say([ours.fileno()], "ready", child)

    def _kill(self, leader: int, number: int) -> None:
        """Signal a whole run; a child that has not made its group yet is alone."""
        try:
            os.killpg(leader, number)
        except ProcessLookupError:
            if self._runs[leader].status is None:
                os.kill(leader, number)

    def _reap(self) -> None:
        """Bury the dead. With a leader its whole group dies, and before its number can be anyone else's."""
        while (dead := _next_dead()) is not None:
            run = self._runs.get(dead)
            if run is not None:
                self._kill(dead, signal.SIGKILL)
            group = self._runs.get(os.getpgid(dead))
            _, status, usage = os.wait4(dead, 0)
            if run is not None:
                run.status = status
            if group is not None:
                group.cpu_s += usage.ru_utime + usage.ru_stime
                group.peak_bytes = max(group.peak_bytes, usage.ru_maxrss * 1024)

    def _report(self) -> None:
        for leader, run in list(self._runs.items()):
            if run.status is not None and not _group_lives(leader):
                del self._runs[leader]
                self._say([], "done", leader, run.status, run.cpu_s, run.peak_bytes)

    def _say(self, fds: list[int], *message: Any) -> None:
        try:
            socket.send_fds(self._control, [marshal.dumps(message)], fds)
        except OSError:
            return  # the kernel has hung up: the next read says so


def _next_dead() -> int | None:
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return None if found is None else found.si_pid


def _group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> None:
    """Serve the kernel over the descriptor that the last argument names."""
    control = socket.socket(fileno=int(sys.argv[-1]))
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    deaths, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    zygote = Zygote(control)
    prepare_zygote()
    zygote.serve(deaths)
    zygote.end()
