"""What a jailed program may try. Each attempt says what it got, or raises OSError; `main` reports which."""

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping

from kernel.jail.native import prctl, syscall
from tests.jail import attempts_on_files
from tests.jail.attempts_on_files import number


def main(args: list[str]) -> int:
    """args: descriptor to answer on, attempt, its arguments."""
    return answer(args, globals() | vars(attempts_on_files))


def answer(args: list[str], attempts: Mapping[str, Callable[..., object]]) -> int:
    """Run the named attempt of a table and write what came of it."""
    descriptor, name, *rest = args
    try:
        said = f"did {attempts[name](*rest)}"
    except OSError as refusal:
        said = errno.errorcode.get(refusal.errno or 0, f"failed {refusal.errno}")
    except MemoryError:
        said = "no memory"
    os.write(int(descriptor), said.encode())
    return 0


# network


def make_socket(family: str, kind: str) -> str:
    socket.socket(int(family), int(kind)).close()
    return "socket"


def make_pair(kind: str) -> str:
    for end in socket.socketpair(socket.AF_UNIX, int(kind)):
        end.close()
    return "pair"


def resolve(name: str) -> str:
    return str(socket.getaddrinfo(name, 80))


def connect_inherited(descriptor: str, address: str) -> str:
    with socket.socket(fileno=int(descriptor)) as mine:
        mine.connect(address.replace("@", "\0"))
    return "connect"


def accept_and_echo(descriptor: str) -> str:
    with socket.socket(fileno=int(descriptor)) as listener:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(connection.recv(10))
    return "echo"


# other processes


def signal_parent(how: str) -> str:
    parent = os.getppid()
    if how == "kill":
        os.kill(parent, 0)
    elif how == "sigqueue":
        syscall(number("rt_sigqueueinfo"), parent, 0, struct.pack("=iii", 0, 0, -1) + bytes(116))
    elif how == "tgkill":
        syscall(number("tgkill"), parent, parent, 0)
    elif how == "pidfd":
        os.pidfd_open(parent)
    else:
        fcntl.fcntl(0, fcntl.F_SETOWN, parent)
    return "signal"


def trace_parent() -> str:
    attach = 16
    syscall(number("ptrace"), attach, os.getppid(), 0, 0)
    return "trace"


def tune_parent() -> str:
    resource.prlimit(os.getppid(), resource.RLIMIT_CORE)
    return "prlimit"


def look_at_parent(what: str, how: str) -> str:
    path = f"/proc/{os.getppid()}/{what}"
    if what == "fd":
        return os.readlink(f"{path}/0") if how == "open" else str(len(os.listdir(path)))
    with open(path, "rb") as stream:
        return str(len(stream.read(1)))


def descriptors() -> str:
    found = []
    for descriptor in range(3, 256):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.append(str(descriptor))
    return " ".join(found)


def environment() -> str:
    return " ".join(sorted(os.environ))


def write_line(path: str) -> str:
    os.write(2, b"x" * 100 + b"\nlast words\n")
    return "said"


# exhaustion


def fork() -> str:
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    return "fork"


def raw_clone() -> str:
    if syscall(number("clone"), signal.SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)
    return "clone"


def new_namespace() -> str:
    if syscall(number("clone"), signal.SIGCHLD | 0x10000000, 0, 0, 0, 0) == 0:
        os._exit(0)
    return "namespace"


def fork_until_refused(most: str) -> str:
    for count in range(int(most)):
        try:
            child = os.fork()
        except OSError:
            return f"stop {count < int(most)}"
        if child == 0:
            signal.pause()
    return "unlimited"


def execute_memory_file() -> str:
    descriptor = os.memfd_create("program")
    with open("/bin/true", "rb") as stream:
        os.write(descriptor, stream.read())
    os.execve(descriptor, ["true"], {})
    raise AssertionError


def use_memory(kind: str) -> str:
    size_bytes = 2 << 30
    if kind == "private":
        return str(len(bytearray(size_bytes)))
    return str(len(mmap.mmap(-1, size_bytes, mmap.MAP_SHARED)))


def grow_file(path: str) -> str:
    with open(path, "wb") as stream:
        stream.write(bytes(3 << 20))
    return "grow"


def burn() -> str:
    while True:
        pass


def raise_limit() -> str:
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    except ValueError:
        raise OSError(errno.EPERM, "not allowed to raise a limit") from None
    return "raised"


# staying alive


def sleep() -> str:
    signal.pause()
    return "awake"


def forget_parent() -> str:
    prctl(1, 0)
    return "forgot"


def leave_group(how: str) -> str:
    """In a child: the first process leads its group and could not leave it anyhow."""
    child = os.fork()
    if child == 0:
        try:
            os.setsid() if how == "session" else os.setpgid(0, 0)
        except OSError as refusal:
            os._exit(refusal.errno or 1)
        os._exit(0)
    refused = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if refused:
        raise OSError(refused, "not left")
    return "left"


def groups() -> str:
    return " ".join(map(str, os.getgroups()))


# the kernel's surface


def type_into_terminal(descriptor: str, high_bits: str) -> str:
    syscall(number("ioctl"), int(descriptor), 0x5412 | int(high_bits) << 32, b"x\0")
    return "typed"


def set_clock() -> str:
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    return "set"


def call(name: str, *args: str) -> str:
    syscall(number(name), *(int(arg) for arg in args or ("0",) * 6))
    return "call"


def call_each(names: str) -> str:
    """Which of the calls were not refused by EPERM, each with what it said instead."""
    reached = []
    for name in names.split():
        try:
            reached.append(f"{name}={syscall(number(name), 0, 0, 0, 0, 0, 0)}")
        except OSError as refusal:
            if refusal.errno != errno.EPERM:
                reached.append(f"{name}={errno.errorcode[refusal.errno or 0]}")
    return " ".join(reached)


def call_x32() -> str:
    syscall(0x40000000 + 39)
    return "call"


def call_32_bit() -> str:
    """getpid by the 32-bit gate: mov eax, 20; int 0x80; ret."""
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return str(ctypes.CFUNCTYPE(ctypes.c_int)(start)())


def capabilities() -> str:
    with open("/proc/self/status", encoding="utf-8") as stream:
        return next(line.split()[1] for line in stream if line.startswith("CapEff"))


# what must still work


def open_beneath(directory: str, name: str) -> str:
    openat2, beneath_no_links = 437, 0x08 | 0x04 | 0x02
    root = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    how = struct.pack("=3Q", os.O_RDONLY, 0, beneath_no_links)
    descriptor = syscall(openat2, root, name.encode() + b"\0", how, len(how))
    return os.read(descriptor, 100).decode()


def work_on_files(inside: str, other: str) -> str:
    path = f"{inside}/work"
    with open(path, "wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.write(bytes(8 << 20))
        stream.flush()
        os.fsync(stream.fileno())
    os.rename(path, f"{other}/work")
    with open(f"{other}/work", "rb") as stream:
        return str(len(stream.read()))


def use_threads(count: str) -> str:
    found: list[int] = []
    threads = [threading.Thread(target=found.append, args=(i,)) for i in range(int(count))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return str(len(found))


def own_paths() -> str:
    return " ".join(sys.path)


def report_and_sleep() -> str:
    os.write(int(sys.argv[1]), str(os.getpid()).encode())
    return sleep()


def fork_and_sleep() -> str:
    return report_and_sleep() if os.fork() == 0 else sleep()
