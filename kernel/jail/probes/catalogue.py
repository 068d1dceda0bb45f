"""What is attempted, and what should come of it in each tier. Read by the doctor, the tests and docs/security.md."""

import msgspec


class Probe(msgspec.Struct, frozen=True):
    """One attempt from inside a jail that may run programs in a workspace."""

    id: str
    """Also the attempt's name in `files`, `network`, `others` or `surface`, with "_" for "-"."""
    attempt: str
    passes_f: str = ""
    """Why it succeeds in tier F; empty where it is held."""
    passes_l: str = ""
    """Likewise in tier L."""
    passes_l_root: str = ""
    """Likewise in tier L, as root only."""

    def expected(self, tier: str, *, is_root: bool) -> str:
        """Why it succeeds in a tier; empty where it is to be held."""
        if tier == "F":
            return self.passes_f
        return self.passes_l or (self.passes_l_root if is_root else "")


_WORKSPACE = (
    "what may be written may be written whole; programs write to a copy, and what lands there is flagged"
)

PROBES: tuple[Probe, ...] = (
    Probe("read-secret", "read a file outside the grant"),
    Probe("write-outside", "make a file outside the grant"),
    Probe("append-dotfile", "append to a dotfile in the home folder"),
    Probe("symlink", "read outside through a symbolic link in the workspace"),
    Probe("hard-link", "link a file from outside into the workspace and read it"),
    Probe("dot-dot", "read outside through .. from the workspace"),
    Probe("proc-root", "read outside through /proc/self/root, /proc/1/root and the like"),
    Probe("race", "swap a folder for a link while it is read through"),
    Probe("rename", "move a file out of, and into, the workspace"),
    Probe("chmod", "change the mode of a file outside"),
    Probe("utime", "change the times of a file outside"),
    Probe("xattr", "set an attribute of a file outside"),
    Probe("hook", "write a hook of the workspace's own repository", passes_l=_WORKSPACE),
    Probe(
        "new-hook",
        "make a new repository with a hook inside the workspace",
        passes_f="caught when the overlay lands",
        passes_l=_WORKSPACE,
    ),
    Probe("tcp", "connect to a local TCP server"),
    Probe("udp", "send a datagram to a local server"),
    Probe("ipv6", "connect to a local server over IPv6"),
    Probe("dns", "send a question to a name server"),
    Probe("abstract-socket", "connect to an abstract Unix socket"),
    Probe("path-socket", "connect to a Unix socket by its path"),
    Probe("retarget", "aim a datagram socket pair at another socket"),
    Probe("signal", "end a process outside by a signal"),
    Probe("trace", "attach to a process outside as a debugger"),
    Probe("environment", "read the environment of a process outside"),
    Probe("memory", "read the memory of a process outside"),
    Probe("descriptors", "list or take the open files of a process outside"),
    Probe("inherited", "read through a descriptor that was left open"),
    Probe(
        "fork-bomb",
        "start processes without end",
        passes_l_root="RLIMIT_NPROC is void for uid 0; a program's run has the watchdog's count",
    ),
    Probe("memory-bomb", "take more memory than the limit"),
    Probe("file-bomb", "write a file larger than the limit"),
    Probe("survive", "go on after the process that started it has ended"),
    Probe("type", "type into the terminal (TIOCSTI)"),
    Probe("clock", "set the clock"),
    Probe("mount", "reach mount, umount, pivot_root, chroot and the newer mount calls"),
    Probe("bpf", "reach bpf"),
    Probe("perf", "reach perf_event_open"),
    Probe("userfaultfd", "reach userfaultfd"),
    Probe("keyrings", "reach add_key, keyctl, request_key"),
    Probe("handles", "reach name_to_handle_at, open_by_handle_at"),
    Probe("kernel-code", "reach kexec and kernel modules"),
    Probe("namespaces", "reach unshare, setns, and clone with new namespaces"),
    Probe("clone3", "reach clone3"),
    Probe("io-uring", "reach io_uring"),
)

CHORES: tuple[tuple[str, str], ...] = (
    ("run_python", "python"),
    ("run_git", "git status"),
    ("run_compiler", "a compiler"),
    ("run_pipe", "a pipe of tools"),
    ("run_multiprocessing", "multiprocessing"),
    ("use_temp_file", "a temporary file"),
)
"""(function, what it is): what must still work."""
