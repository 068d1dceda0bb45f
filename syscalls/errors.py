"""Which ways a syscall can fail, and who moves next.

    SysError
    |- BadArgument EINVAL FIX      |- UnknownCall ENOSYS ADAPT    |- NotText 206 ADAPT
    |- NotFound ENOENT FIX         |- Exists EEXIST ADAPT         |- Denied 200 ASK
    |- IsFolder EISDIR FIX         |- NotEmpty ENOTEMPTY ADAPT    |- NotUnderstood 201 ASK
    |- NotFolder ENOTDIR FIX       |- LinkLoop ELOOP ADAPT        |- Ungrounded 202 ASK
    |- NameTooLong ENAMETOOLONG FIX|- AccessDenied EACCES ADAPT   |- DriverDied 203 ADAPT
    |- Stale ESTALE FIX            |- TooBig EFBIG ADAPT          |- MindFailed 204 ASK
    |- Busy EAGAIN WAIT            |- NotPermitted EPERM ASK      |- BudgetSpent 205 ASK
    |- TimedOut ETIMEDOUT WAIT     |- NoSpace ENOSPC ASK          |- LabelStop 207 ASK
    |- Canceled ECANCELED ASK      |- OverQuota EDQUOT ASK        |- DeviceFailed EIO ASK
    |- NotSupported ENOTSUP ADAPT  |- NotAuthorised 208 ASK       |- ContextFull 209 ADAPT
    |- NoRoom 218 ASK              |- Sensitive 220 ASK

Numbers below 200 are `errno`'s; ours start at 200 and are append-only. A text names what was
given and what would be accepted: a mind reads it on its next turn, a person at the prompt.
"""

import errno
from collections.abc import Iterator
from enum import Enum
from typing import ClassVar

import msgspec


class Act(Enum):
    """Who moves next after an error."""

    FIX = "the mind corrects its arguments and may call again"
    ADAPT = "the mind takes another way; the same call would fail again"
    WAIT = "the kernel retries on its own after a delay"
    ASK = "a person decides"


class SysError(Exception):
    """Root of every declared failure; `str(error)` is the one line shown."""

    code: ClassVar[int] = 0
    """POSIX errno below 200, ours from 200 up."""
    symbol: ClassVar[str] = ""
    """The code's name, such as "ENOENT"."""
    act: ClassVar[Act] = Act.ASK


class BadArgument(SysError):
    """Arguments do not fit the schema; the text names the field and the accepted form."""

    code, symbol, act = errno.EINVAL, "EINVAL", Act.FIX


class NotFound(SysError):
    """Nothing has that name, or the caller may not know of it."""

    code, symbol, act = errno.ENOENT, "ENOENT", Act.FIX


class IsFolder(SysError):
    """A folder stands where a file was meant."""

    code, symbol, act = errno.EISDIR, "EISDIR", Act.FIX


class NotFolder(SysError):
    """A file stands where a folder was meant."""

    code, symbol, act = errno.ENOTDIR, "ENOTDIR", Act.FIX


class NameTooLong(SysError):
    """A name exceeds what the file system takes (255 bytes a name, 4096 a path)."""

    code, symbol, act = errno.ENAMETOOLONG, "ENAMETOOLONG", Act.FIX


class Stale(SysError):
    """The file changed between the look and the act; nothing was done."""

    code, symbol, act = errno.ESTALE, "ESTALE", Act.FIX


class UnknownCall(SysError):
    """No syscall of that name is visible to this process."""

    code, symbol, act = errno.ENOSYS, "ENOSYS", Act.ADAPT


class Exists(SysError):
    """The target is there already and overwriting was not asked for."""

    code, symbol, act = errno.EEXIST, "EEXIST", Act.ADAPT


class NotEmpty(SysError):
    """A folder with content was given where an empty one is needed."""

    code, symbol, act = errno.ENOTEMPTY, "ENOTEMPTY", Act.ADAPT


class LinkLoop(SysError):
    """Symbolic links go round in a circle."""

    code, symbol, act = errno.ELOOP, "ELOOP", Act.ADAPT


class AccessDenied(SysError):
    """The file's own permissions refuse it."""

    code, symbol, act = errno.EACCES, "EACCES", Act.ADAPT


class TooBig(SysError):
    """More bytes than the call handles; the text names the limit and a call that copes."""

    code, symbol, act = errno.EFBIG, "EFBIG", Act.ADAPT


class NotPermitted(SysError):
    """No capability of the process covers the target."""

    code, symbol, act = errno.EPERM, "EPERM", Act.ASK


class NoSpace(SysError):
    """The disk is full; the old content is intact."""

    code, symbol, act = errno.ENOSPC, "ENOSPC", Act.ASK


class OverQuota(SysError):
    """The user's disk quota is used up; the old content is intact."""

    code, symbol, act = errno.EDQUOT, "EDQUOT", Act.ASK


class DeviceFailed(SysError):
    """The machine failed underneath (an I/O error); not the caller's fault."""

    code, symbol, act = errno.EIO, "EIO", Act.ASK


class Busy(SysError):
    """Somebody else holds the resource for a moment."""

    code, symbol, act = errno.EAGAIN, "EAGAIN", Act.WAIT


class TimedOut(SysError):
    """No answer within the deadline."""

    code, symbol, act = errno.ETIMEDOUT, "ETIMEDOUT", Act.WAIT


class Canceled(SysError):
    """The person or a parent process called it off."""

    code, symbol, act = errno.ECANCELED, "ECANCELED", Act.ASK


class Denied(SysError):
    """Policy or a person said no, or nobody was there to say yes."""

    code, symbol, act = 200, "EDENIED", Act.ASK


class NotUnderstood(SysError):
    """No call stood above the confidence floor; the nearest choices are named."""

    code, symbol, act = 201, "ENOTUNDERSTOOD", Act.ASK


class Ungrounded(SysError):
    """A side-effecting argument cannot be traced to the request, a reply or memory."""

    code, symbol, act = 202, "EUNGROUNDED", Act.ASK


class DriverDied(SysError):
    """The jailed process serving the call ended before it answered; the text says what is known of the effect."""

    code, symbol, act = 203, "EDRIVER", Act.ADAPT


class MindFailed(SysError):
    """The mind could not be started, or ended before it answered."""

    code, symbol, act = 204, "EMIND", Act.ASK


class BudgetSpent(SysError):
    """The process used up its turns, calls, bytes or time."""

    code, symbol, act = 205, "EBUDGET", Act.ASK


class NotText(SysError):
    """A binary file was given where text is needed."""

    code, symbol, act = 206, "ENOTTEXT", Act.ADAPT


class LabelStop(SysError):
    """Untrusted data would have chosen an argument it may not choose."""

    code, symbol, act = 207, "ELABEL", Act.ASK


class NotSupported(SysError):
    """What serves the call cannot do this at all; the text names what can."""

    code, symbol, act = errno.ENOTSUP, "ENOTSUP", Act.ADAPT


class NotAuthorised(SysError):
    """A server refused the key it was given, or none was given; the text says where the key is looked for."""

    code, symbol, act = 208, "EUNAUTHORISED", Act.ASK


class ContextFull(SysError):
    """More text than the model's context holds; the text says how much was given and how much fits."""

    code, symbol, act = 209, "ECONTEXT", Act.ADAPT


class NoRoom(SysError):
    """The machine had no room for new work within the time it may wait; the text says what is short."""

    code, symbol, act = 218, "ENOROOM", Act.ASK


class Sensitive(SysError):
    """What looks like a password, key or token is not remembered unless the person insists."""

    code, symbol, act = 220, "ESENSITIVE", Act.ASK


class WireError(msgspec.Struct, frozen=True):
    """A SysError as it crosses a process border."""

    code: int
    message: str


def every_error() -> Iterator[type[SysError]]:
    """Every declared class, by number."""
    return iter(sorted(SysError.__subclasses__(), key=lambda kind: kind.code))


def to_wire(error: SysError) -> WireError:
    """The frame form of an error."""
    return WireError(error.code, str(error))


def from_wire(wire: WireError) -> SysError:
    """The typed error again; an unknown number becomes DeviceFailed, its number kept in the text."""
    for kind in SysError.__subclasses__():
        if kind.code == wire.code:
            return kind(wire.message)
    return DeviceFailed(f"{wire.message} (unknown error number {wire.code})")


FILE_ERRORS: tuple[type[SysError], ...] = (
    NotFound,
    IsFolder,
    NotFolder,
    NameTooLong,
    LinkLoop,
    AccessDenied,
    NotPermitted,
    Stale,
    Exists,
    NotEmpty,
    TooBig,
    NotText,
    NoSpace,
    OverQuota,
    DeviceFailed,
    BadArgument,
)
"""What any call that touches the disk may answer."""
