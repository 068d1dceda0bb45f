"""Attempts on other processes, on limits, and on the terminal."""

import ctypes
import errno
import fcntl
import mmap
import os
import signal as signals
import time

from kernel.jail.native import number, syscall
from kernel.jail.probes.world import SECRET, World, any_of, read

_ATTACH, _SEIZE, _TIOCSTI = 16, 0x4206, 0x5412


def signal(world: World) -> str:
    """`run` looks whether it has ended: inside a namespace its number may be another's."""
    victim = world["victim"]
    return any_of(
        lambda: os.kill(victim, signals.SIGTERM),
        lambda: syscall(number("tgkill"), victim, victim, signals.SIGTERM),
        lambda: syscall(number("pidfd_send_signal"), os.pidfd_open(victim), signals.SIGTERM, None, 0),
        lambda: fcntl.fcntl(0, fcntl.F_SETOWN, victim) and "owned",
    )


def trace(world: World) -> str:
    """Attach to a process outside as a debugger."""
    return any_of(
        *(lambda how=how: syscall(number("ptrace"), how, world["victim"], 0, 0) for how in (_SEIZE, _ATTACH))
    )


def environment(world: World) -> str:
    """Read the environment of a process outside."""
    return read(f"/proc/{world['victim']}/environ")


def memory(world: World) -> str:
    """Read the memory of a process outside."""
    victim, where = world["victim"], world["where"]
    buffer = ctypes.create_string_buffer(len(SECRET))

    def by_call() -> str:
        ours = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), len(SECRET))
        theirs = (ctypes.c_size_t * 2)(where, len(SECRET))
        syscall(number("process_vm_readv"), victim, ctypes.addressof(ours), 1, ctypes.addressof(theirs), 1, 0)
        return "read"

    def by_file() -> str:
        with open(f"/proc/{victim}/mem", "rb", buffering=0) as stream:
            stream.seek(where)
            return f"read {len(stream.read(len(SECRET)))} bytes"

    return any_of(by_call, by_file)


def descriptors(world: World) -> str:
    """List or take the open files of a process outside."""
    victim = world["victim"]
    return any_of(
        lambda: read(f"/proc/{victim}/fd/0"),
        lambda: f"listed {len(os.listdir(f'/proc/{victim}/fd'))}",
        lambda: syscall(number("pidfd_getfd"), os.pidfd_open(victim), 0, 0),
    )


def inherited(world: World) -> str:
    """Whatever is open and was not meant for it."""
    for descriptor in world["left_open"]:
        try:
            if SECRET.encode() in os.pread(descriptor, 100, 0):
                return f"read descriptor {descriptor}"
        except OSError:
            continue
    raise OSError(errno.EBADF, "none left")


def fork_bomb(world: World) -> str:
    """To a bound far above the limit, and then take them back."""
    started: list[int] = []
    try:
        while len(started) < world["most"]:
            child = os.fork()
            if child == 0:
                signals.pause()
                os._exit(0)
            started.append(child)
        return f"started {len(started)}"
    finally:
        for child in started:
            os.kill(child, signals.SIGKILL)
        for child in started:
            os.waitpid(child, 0)


def memory_bomb(world: World) -> str:
    """Take more memory than the limit."""
    size = 2 * world["memory_bytes"]

    def private() -> str:
        try:
            return f"took {len(bytearray(size))} bytes"
        except MemoryError:
            raise OSError(errno.ENOMEM, "no memory") from None

    return any_of(private, lambda: f"mapped {len(mmap.mmap(-1, size, mmap.MAP_SHARED))} bytes")


def file_bomb(world: World) -> str:
    """Write a file larger than the limit."""
    size = 2 * world["file_bytes"]
    with open(f"{world['inside']}/bomb", "wb") as stream:
        return str(
            any_of(lambda: stream.truncate(size), lambda: os.posix_fallocate(stream.fileno(), 0, size))
        )


def type(world: World) -> str:
    """Type into the terminal (TIOCSTI)."""
    places = [world["terminal"], 0, 1, 2]
    return any_of(
        *(lambda place=place: fcntl.ioctl(place, _TIOCSTI, b"x") and "typed" for place in places),
        lambda: fcntl.ioctl(os.open("/dev/tty", os.O_RDWR), _TIOCSTI, b"x") and "typed",
    )


def clock(world: World) -> str:
    """Set the clock."""
    del world
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    return "set"
