"""Which files may the jail reach? Landlock's rights, a ruleset, and putting it on.

Source: linux/landlock.h; https://docs.kernel.org/userspace-api/landlock.html
"""

import os
import stat
import struct

from kernel.jail.native import syscall
from kernel.jail.rights import IOCTL_DEV, MAKE_SYM, ON_FILES, REFER, RESOLVE_UNIX, TRUNCATE

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _OPENAT2 = 444, 445, 446, 437
_PATH_BENEATH = 1
_AT_FDCWD = -100
_NO_LINKS = 0x02 | 0x04  # RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS


def abi() -> int:
    """The Landlock version of the running kernel, from 1.

    Raises:
        OSError: ENOSYS, the kernel has none; EOPNOTSUPP, it is switched off at boot.
    """
    return syscall(_CREATE_RULESET, None, 0, 1)


def handled(version: int) -> tuple[int, int, int]:
    """Every file right, network right and scope that Landlock `version` can refuse."""
    files = 2 * MAKE_SYM - 1
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV), (9, RESOLVE_UNIX)):
        files |= right if version >= since else 0
    network = (0b11 if version >= 4 else 0) | (0b1100 if version >= 10 else 0)
    return files, network, 0b11 if version >= 6 else 0


def restrict(rules: list[tuple[str, int]], version: int) -> None:
    """Put the calling thread, its future threads and children under `rules`, for good.

    Args:
        rules: canonical path -> rights on it and all beneath; a path that became a symlink is an error.
        version: what `abi()` said.

    Raises:
        OSError: a path is gone, or the kernel refused.
    """
    restrict_to(ruleset(rules, version), [], version)


def ruleset(rules: list[tuple[str, int]], version: int) -> int:
    """A descriptor of `rules`, which hold for nobody yet. Arguments and errors are those of `restrict`."""
    files, network, scopes = handled(version)
    attributes = struct.pack("=3Q", files, network, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    made = syscall(_CREATE_RULESET, attributes[:size], size, 0)
    for path, rights in rules:
        _allow(made, path, rights & files)
    return made


def restrict_to(made: int, rules: list[tuple[str, int]], version: int) -> None:
    """As `restrict`, under what `ruleset` made and `rules` besides; closes it."""
    files, _, _ = handled(version)
    try:
        for path, rights in rules:
            _allow(made, path, rights & files)
        syscall(_RESTRICT_SELF, made, 0)
    finally:
        os.close(made)


def _allow(ruleset: int, path: str, rights: int) -> None:
    how = struct.pack("=3Q", os.O_PATH | os.O_CLOEXEC, 0, _NO_LINKS)
    try:
        target = syscall(_OPENAT2, _AT_FDCWD, os.fsencode(path) + b"\0", how, len(how))
    except OSError as refusal:
        raise OSError(refusal.errno, refusal.strerror, path) from None
    try:
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            rights &= ON_FILES
        if rights:
            syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, target), 0)
    finally:
        os.close(target)
