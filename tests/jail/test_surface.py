"""Tier L closes the parts of the kernel that nothing jailed needs."""

import os
import pty
import signal

import pytest

from tests.jail.world import Try

pytestmark = pytest.mark.usefixtures("jail")

CLOSED = """
mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr
bpf perf_event_open userfaultfd keyctl add_key request_key name_to_handle_at open_by_handle_at
kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff acct vhangup
setns unshare io_uring_setup io_uring_enter io_uring_register ptrace process_vm_readv process_vm_writev
pidfd_getfd kcmp settimeofday clock_adjtime adjtimex syslog quotactl move_pages migrate_pages mbind
set_mempolicy fanotify_init inotify_add_watch shmget semget msgget mq_open connect bind listen
"""


def test_no_closed_call_reaches_its_argument_checks(attempt: Try) -> None:
    assert attempt("call_each", CLOSED, execute=True, processes=True, metadata=True, accept=True) == "did "


def test_clone3_looks_missing_so_that_libraries_fall_back(attempt: Try) -> None:
    assert attempt("call", "clone3") == "ENOSYS"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 is an interface of x86_64")
def test_an_x32_number_kills(attempt: Try) -> None:
    assert attempt("call_x32").startswith(f"status {-signal.SIGSYS}")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the 32-bit gate is one of x86_64")
def test_a_call_by_the_32_bit_gate_kills(attempt: Try, unjailed: Try) -> None:
    if not unjailed("call_32_bit").startswith("did"):
        pytest.skip("this kernel has no 32-bit calls")
    assert attempt("call_32_bit").startswith(f"status {-signal.SIGSYS}")


@pytest.mark.parametrize("high_bits", ["0", "1"])
def test_nothing_is_typed_into_a_terminal(high_bits: str, attempt: Try) -> None:
    master, terminal = pty.openpty()
    try:
        assert attempt("type_into_terminal", str(terminal), high_bits, fds=(terminal,)) == "EPERM"
    finally:
        os.close(master)
        os.close(terminal)


def test_the_clock_is_not_set(attempt: Try) -> None:
    assert attempt("set_clock") == "EPERM"


def test_another_user_has_no_group_of_the_callers(attempt: Try, uid: int | None) -> None:
    if uid is None:
        pytest.skip("runs as the caller")
    assert attempt("groups") == "did "


def test_root_keeps_only_its_power_over_files(attempt: Try, uid: int | None) -> None:
    held = int(attempt("capabilities", read=("/proc",)).removeprefix("did "), 16)
    chown, dac_override, fowner = 1 << 0, 1 << 1, 1 << 3
    allowed = chown | dac_override | fowner if uid is None and os.geteuid() == 0 else 0
    assert held & ~allowed == 0
