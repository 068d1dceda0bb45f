"""What an `OSError` means to the one who asked: the typed error, and a line in words."""

import errno
import os

from syscalls.errors import (
    AccessDenied,
    Busy,
    DeviceFailed,
    Exists,
    IsFolder,
    LinkLoop,
    NameTooLong,
    NoSpace,
    NotEmpty,
    NotFolder,
    NotFound,
    OverQuota,
    SysError,
)

_MEANING: dict[int, tuple[type[SysError], str]] = {
    errno.ENOENT: (NotFound, "no file or folder {}"),
    errno.EISDIR: (IsFolder, "{} is a folder; a file is needed"),
    errno.ENOTDIR: (NotFolder, "{}: a part of the path is a file, not a folder"),
    errno.EEXIST: (Exists, "{} exists already"),
    errno.ENOTEMPTY: (NotEmpty, "{} is a folder with content; an empty one is needed"),
    errno.ELOOP: (LinkLoop, "{}: symbolic links go round in a circle"),
    errno.ENAMETOOLONG: (NameTooLong, "{}: too long; a name takes 255 bytes, a path 4095"),
    errno.EACCES: (AccessDenied, "{}: its permissions, or those of its folder, do not allow this"),
    errno.EPERM: (AccessDenied, "{}: the system does not allow this, not even to its owner"),
    errno.EROFS: (AccessDenied, "{} lies on a read-only file system"),
    errno.ENOSPC: (NoSpace, "{}: the disk is full; what was there before is intact"),
    errno.EFBIG: (NoSpace, "{}: larger than the limit on file sizes allows; what was there before is intact"),
    errno.EDQUOT: (OverQuota, "{}: the disk quota is used up; what was there before is intact"),
    errno.EBUSY: (Busy, "{} is in use (a mount point or a running program)"),
    errno.ETXTBSY: (Busy, "{} is a program that is running"),
    errno.EMFILE: (Busy, "{}: too many open files"),
    errno.ENFILE: (Busy, "{}: too many open files on this machine"),
    errno.EXDEV: (AccessDenied, "{}: crosses a file system border where it may not"),
    errno.ENXIO: (DeviceFailed, "{} is a device or pipe with nobody at the other end"),
}


def explained(error: OSError, name: str | None = None) -> SysError:
    """The declared error for what the system refused.

    Args:
        error: as caught.
        name: the file as the user knows it; without it, as the system call named it.
    """
    given = name if name is not None else error.filename
    what = repr(_spoken(given)) if isinstance(given, str | bytes) else "the file"
    kind, text = _MEANING.get(error.errno or 0, (DeviceFailed, ""))
    if text:
        return kind(text.format(what))
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    return DeviceFailed(f"{what}: {reason}")


def _spoken(name: str | bytes) -> str:
    return os.fsdecode(name).encode("utf-8", "replace").decode()
