"""What is left of root inside the jail?"""

import ctypes
import os
import struct

from kernel.jail.native import PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, prctl, syscall

_CAPGET, _CAPSET = {"x86_64": 125, "aarch64": 90}, {"x86_64": 126, "aarch64": 91}
_CHOWN, _DAC_OVERRIDE, _FOWNER = 0, 1, 3
_KEPT = 1 << _CHOWN | 1 << _DAC_OVERRIDE | 1 << _FOWNER
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_POSSIBLE = 63
_WORDS = ctypes.create_string_buffer(24)
"""Two times effective, permitted and inheritable, as capget(2) fills them."""


def no_new_privs() -> None:
    """Give up, for good and for all descendants, gaining privileges by running a program."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities(*, is_bounded: bool = False) -> None:
    """Keep of root's powers only those over other users' files (which the grants bound); void for others.

    Args:
        is_bounded: `bound_capabilities` was called before.
    """
    if os.geteuid() == 0:
        drop_all_capabilities(keeps_files=True, is_bounded=is_bounded)


def bound_capabilities(*, keeps_files: bool) -> None:
    """What no program started from here can have, for good; what this process holds it keeps. See below."""
    _drop_bounding_set(_KEPT if keeps_files else 0)


def drop_all_capabilities(*, keeps_files: bool = False, is_bounded: bool = False) -> None:
    """Drop every capability, from the bounding set too unless that was done; `keeps_files` leaves those over others' files."""
    if not is_bounded:
        bound_capabilities(keeps_files=keeps_files)
    _hold(_held() & _KEPT if keeps_files else 0)


def rehearse_capabilities() -> None:
    """Go through dropping them, and keep all."""
    if os.geteuid() == 0:
        _hold(_held())


def _drop_bounding_set(spared: int) -> None:
    for capability in range(_LAST_POSSIBLE + 1):
        if spared >> capability & 1:
            continue
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as refusal:
            if refusal.errno == 22:  # beyond the last one this kernel knows
                return
            if refusal.errno != 1:  # without CAP_SETPCAP the set cannot matter: nothing is gained by exec
                raise


def _hold(capabilities: int) -> None:
    """Have these of the permitted ones and no others, permitted and in effect."""
    low, high = capabilities & 0xFFFFFFFF, capabilities >> 32
    words = struct.pack("=6I", low, low, 0, high, high, 0)
    syscall(_CAPSET[os.uname().machine], struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), words)


def _held() -> int:
    """The permitted set of this process."""
    syscall(
        _CAPGET[os.uname().machine], struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), ctypes.addressof(_WORDS)
    )
    _, low, _, _, high, _ = struct.unpack("=6I", _WORDS.raw)
    return int(low | high << 32)
