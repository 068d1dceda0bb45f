"""How does the kernel start a jailed process? A clean interpreter, a plan, and nothing inherited."""

import contextlib
import fcntl
import marshal
import os
import socket
import stat
import subprocess
import sys
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from kernel.jail.mounts import Mounts
from kernel.jail.plan import mounts, package_root, rules, search_path
from kernel.jail.spec import JailError, JailSpec, Tier

_BOOT = "import sys; sys.path.append(sys.argv[1]); from kernel.jail.child import main; main(int(sys.argv[2]))"
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "TMPDIR": "/nonexistent",
    "MALLOC_ARENA_MAX": "2",
}
_LOADER_PREFIXES = ("LD_", "PYTHON", "GLIBC_TUNABLES")
_STDERR_BYTES = 1 << 20


class Jailed(subprocess.Popen[bytes]):
    """A running jailed process and what it said on standard error; made by `spawn`."""

    name: str = ""
    """What `ps` and the kernel's messages call it."""
    is_detached: bool = False
    """Whether it may outlive this process."""
    _stderr: int = -1

    def stderr_tail(self, limit_bytes: int = 4096) -> str:
        """The last bytes it wrote on standard error: untrusted text, escape it before showing.

        Only the first MiB of all it ever wrote is kept; later writes fail in the child.
        """
        end = os.lseek(self._stderr, 0, os.SEEK_CUR)
        start = max(0, end - limit_bytes)
        return os.pread(self._stderr, end - start, start).decode("utf-8", "replace")

    def kill_tree(self) -> None:
        """Kill it and all its descendants, which cannot leave its process group.

        Call it before the process is waited for: afterwards the group's number may be another's.
        """
        if self.returncode is None:
            os.killpg(self.pid, 9)

    def __del__(self) -> None:
        """Forget a detached process in silence; the base class warns of one that still runs."""
        if not self.is_detached:
            super().__del__()


def spawn(
    spec: JailSpec,
    module: str,
    args: Sequence[str] = (),
    *,
    name: str,
    pass_fds: tuple[int, ...] = (),
    env: Mapping[str, str] = {},
    tier: Tier = "L",
    overlays: Sequence[tuple[str, str, str]] = (),
) -> Jailed:
    """Start `module.main(args)` in a new jailed interpreter; the jail is on before `module` is imported.

    Standard input and output are /dev/null; talk over a descriptor of `pass_fds`. Unless `spec.detach`, the
    child dies with the *thread* that calls this: call it from one that lives as long as the child should.
    With `spec.processes` its descendants die with this process, or with the last reference to the result.

    Args:
        args: passed to `main` as a list.
        pass_fds: the only descriptors it gets, under the same numbers; connected or listening streams,
            pipes and files. An open file is usable whatever the grants say.
        env: added to a fixed, small environment; nothing of ours is inherited.
        tier: "F" puts namespaces around the rest; where they cannot be had the child ends, with status NOT_JAILED.
        overlays: (lower, upper, work) of folders whose changes go elsewhere; in tier F only.

    Raises:
        JailError: the spec, a descriptor or a variable is one no jail may have.
        OSError: the interpreter could not be started.
    """
    _check_descriptors(pass_fds)
    with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
        stderr = _closing(ours, _stderr_file())
        lifeline = -1
        if spec.processes and not spec.detach:
            end, held = os.pipe()
            lifeline, _ = _closing(theirs, end), _closing(ours, held)
        plan = _closing(
            theirs, _memory_file("plan", _encode(spec, module, args, lifeline, _seen(spec, tier, overlays)))
        )
        fds = (*pass_fds, plan) if lifeline < 0 else (*pass_fds, plan, lifeline)
        child = _start(spec.uid, [str(plan), name], fds, _environment(env), stderr)
        child.name, child.is_detached, child._stderr = name, spec.detach, stderr
        weakref.finalize(child, ours.pop_all().close)
    return child


def _closing(stack: contextlib.ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor


def _start(
    uid: int | None, args: list[str], fds: tuple[int, ...], env: dict[str, str], stderr: int
) -> Jailed:
    return Jailed(
        [sys.executable, "-I", "-S", "-c", _BOOT, package_root(), *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        pass_fds=fds,
        env=env,
        cwd="/",
        start_new_session=True,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else (),
    )


def _seen(spec: JailSpec, tier: Tier, overlays: Sequence[tuple[str, str, str]]) -> Mounts | None:
    """The file system of a tier.

    Raises:
        JailError: overlays without namespaces.
    """
    if tier == "F":
        return mounts(spec, overlays)
    if overlays:
        raise JailError(
            f"jail overlays {overlays!r}: tier {tier} has none; grant a copy of the folder instead"
        )
    return None


def _encode(spec: JailSpec, module: str, args: Sequence[str], lifeline: int, seen: Mounts | None) -> bytes:
    limit_values = (spec.memory_bytes, spec.cpu_s, spec.file_bytes, spec.open_files, spec.process_count)
    grants = frozenset(
        grant for grant in ("execute", "metadata", "processes", "accept") if getattr(spec, grant)
    )
    ties = (0 if spec.detach else os.getpid(), lifeline)
    if seen is not None and spec.metadata:
        grants |= {"paths"}
    layers = (limit_values, rules(spec, private=seen is not None), grants)
    told: Any = None if seen is None else tuple(seen)
    return marshal.dumps((module, list(args), search_path(spec), ties, layers, told))


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    for variable in extra:
        if variable.startswith(_LOADER_PREFIXES):
            raise JailError(f"jail environment {variable!r}: would run code before the jail is on")
    return _ENVIRONMENT | dict(extra)


def _check_descriptors(descriptors: tuple[int, ...]) -> None:
    """Refuse datagram sockets: `sendto` aims each at any address, past Landlock and the filter."""
    for descriptor in descriptors:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            continue
        with socket.socket(fileno=os.dup(descriptor)) as view:
            if view.type not in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
                raise JailError(
                    f"jail descriptor {descriptor}: {view.type!r}; pass a stream or seqpacket socket"
                )


def _memory_file(name: str, content: bytes) -> int:
    descriptor = os.memfd_create(name)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _stderr_file() -> int:
    """A memory file that cannot grow: no jail fills the machine through its error messages."""
    descriptor = os.memfd_create("stderr", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, _STDERR_BYTES)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return descriptor
