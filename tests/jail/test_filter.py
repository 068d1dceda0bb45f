"""The filter's verdicts, read from the program itself: for machines and kernels these tests do not run on."""

import errno
import struct

import pytest

from kernel.jail.filter import TEMPLATE_PID, bind, program
from kernel.jail.syscall_numbers import CHECKED, MACHINES, METADATA_BY_DESCRIPTOR, METADATA_BY_PATH, REFUSED

NUMBERS = REFUSED | METADATA_BY_PATH | METADATA_BY_DESCRIPTOR | CHECKED
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PID = 4242
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
MISSING = 0x00050000 | errno.ENOSYS


def verdict(instructions: bytes, arch: int, number: int, *args: int) -> int:
    """Run the program over a call, as the kernel would."""
    call = struct.pack("=IIQ6Q", number, arch, 0, *args, *[0] * (6 - len(args)))
    steps = list(struct.iter_unpack("=HBBI", instructions))
    at, held = 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        match code:
            case 0x20:
                (held,) = struct.unpack_from("=I", call, value)
            case 0x54:
                held &= value
            case 0x15:
                at += if_true if held == value else if_false
            case 0x35:
                at += if_true if held >= value else if_false
            case 0x05:
                at += value
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"unknown instruction {code:#x}")


def ask(machine: str, name: str, *args: int, version: int = 7, grants: str = "") -> int:
    number = NUMBERS[name][MACHINES.index(machine)]
    assert number is not None
    return verdict(program(machine, PID, version, frozenset(grants.split())), ARCH[machine], number, *args)


machines = pytest.mark.parametrize("machine", MACHINES)


@machines
def test_a_foreign_architecture_kills(machine: str) -> None:
    assert verdict(program(machine, PID, 7), 0x40000003, 0) == KILL


def test_x32_and_negative_numbers_kill_on_x86_64() -> None:
    instructions = program("x86_64", PID, 7)
    assert verdict(instructions, ARCH["x86_64"], 0x40000000 + 39) == KILL
    assert verdict(instructions, ARCH["x86_64"], 0xFFFFFFFF) == KILL


@machines
def test_every_number_of_the_list_is_refused(machine: str) -> None:
    column = MACHINES.index(machine)
    for name, numbers in REFUSED.items():
        if numbers[column] is not None:
            assert ask(machine, name, grants="execute metadata processes accept") == REFUSE


@machines
def test_a_thread_is_allowed_and_a_process_is_not(machine: str) -> None:
    thread, process, namespace = 0x003D0F00, 0x01200011, 0x10000011
    assert ask(machine, "clone", thread) == ALLOW
    assert ask(machine, "clone", process) == REFUSE
    assert ask(machine, "clone", process, grants="processes") == ALLOW
    assert ask(machine, "clone", namespace, grants="processes") == REFUSE
    assert ask(machine, "clone", thread | 0x00020000) == REFUSE
    assert ask(machine, "clone3") == MISSING


@machines
def test_high_bits_do_not_hide_a_terminal_ioctl(machine: str) -> None:
    assert ask(machine, "ioctl", 0, 0x5412) == REFUSE
    assert ask(machine, "ioctl", 0, 0xFFFFFFFF_00005412) == REFUSE
    assert ask(machine, "ioctl", 0, 0x541C) == REFUSE
    assert ask(machine, "ioctl", 0, 0x5401) == ALLOW


@machines
def test_only_stream_and_packet_pairs_of_unix_sockets_are_made(machine: str) -> None:
    cloexec_nonblock = 0o2004000
    assert ask(machine, "socketpair", 1, 1 | cloexec_nonblock) == ALLOW
    assert ask(machine, "socketpair", 1, 5) == ALLOW
    assert ask(machine, "socketpair", 1, 2 | cloexec_nonblock) == REFUSE
    assert ask(machine, "socketpair", 16, 1) == REFUSE


@machines
def test_times_change_only_by_descriptor(machine: str) -> None:
    assert ask(machine, "utimensat", 5, 0, grants="metadata") == ALLOW
    assert ask(machine, "utimensat", 5, 1 << 32, grants="metadata") == REFUSE
    assert ask(machine, "utimensat", 5, 0x1000, grants="metadata") == REFUSE
    assert ask(machine, "utimensat", 5, 0) == REFUSE


@machines
def test_only_the_process_itself_is_signalled_and_tuned(machine: str) -> None:
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "prlimit64", "sched_setaffinity"):
        assert ask(machine, name, PID) == ALLOW
        assert ask(machine, name, 1) == REFUSE
        assert ask(machine, name, 0xFFFFFFFF) == REFUSE
    assert ask(machine, "tkill", PID) == REFUSE
    assert ask(machine, "setpriority", 0, PID) == ALLOW
    assert ask(machine, "setpriority", 2, 0) == REFUSE


@machines
def test_signals_to_children_wait_for_a_landlock_that_holds_them(machine: str) -> None:
    assert ask(machine, "kill", 99, grants="processes", version=6) == ALLOW
    assert ask(machine, "kill", 99, grants="processes", version=5) == REFUSE
    assert ask(machine, "prlimit64", 99, grants="processes", version=6) == REFUSE


@machines
def test_truncation_is_refused_where_landlock_does_not_know_it(machine: str) -> None:
    reading_truncating, writing_truncating = 0o1000, 0o1001
    assert ask(machine, "truncate", version=3) == ALLOW
    assert ask(machine, "truncate", version=2) == REFUSE
    assert ask(machine, "openat", 0, 0, reading_truncating, version=2) == REFUSE
    assert ask(machine, "openat", 0, 0, writing_truncating, version=2) == ALLOW


@machines
def test_grants_open_what_they_name(machine: str) -> None:
    assert ask(machine, "execve") == REFUSE
    assert ask(machine, "execve", grants="execute") == ALLOW
    assert ask(machine, "accept4") == REFUSE
    assert ask(machine, "accept4", grants="accept") == ALLOW
    assert ask(machine, "fchmod") == REFUSE
    assert ask(machine, "fchmod", grants="metadata") == ALLOW
    assert ask(machine, "fchmodat", grants="metadata") == REFUSE


def test_another_machine_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="machine 'riscv64': only x86_64, aarch64"):
        program("riscv64", PID, 7)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("grants", [frozenset(), frozenset({"execute", "processes", "metadata"})])
@pytest.mark.parametrize("version", [1, 7])
def test_a_bound_template_is_the_filter_built_for_that_process(
    machine: str, grants: frozenset[str], version: int
) -> None:
    template = program(machine, TEMPLATE_PID, version, grants)
    assert bind(template, 4711) == program(machine, 4711, version, grants)
