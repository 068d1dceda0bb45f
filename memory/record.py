"""What is one memory? A closed record, checked before anything is stored."""

from typing import Literal

import msgspec

from syscalls.errors import BadArgument, NotText, TooBig
from syscalls.labels import NONE, Labels

Kind = Literal["fact", "preference", "episode", "chunk"]
LONGEST_BYTES = 65_536
"""Of one record, as UTF-8."""


class New(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be remembered."""

    text: str
    kind: Kind = "fact"
    space: str = "user"
    """`user`, `project:HASH` or `app:NAME`."""
    labels: Labels = NONE
    """Where it came from; what is not trusted is data whoever recalls it."""
    made: float | None = None
    """Unix seconds; now when absent."""
    expires: float | None = None
    """Unix seconds from which on it is not recalled; never when absent."""
    supersedes: int | None = None
    """The record it takes the place of, which is kept as history."""
    pinned: bool = False
    thread: str = ""
    """Records of one conversation: neighbours in it explain one another."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered."""

    id: int
    """Never given twice, not even after forgetting."""
    text: str
    kind: Kind
    space: str
    labels: Labels
    made: float
    expires: float | None
    supersedes: int | None
    superseded_by: int | None
    pinned: bool
    thread: str
    digest: str
    """SHA-256 of kind, space and text."""


def check(new: New) -> None:
    """Refuse what cannot be remembered.

    Raises:
        BadArgument: there is no text, or an unknown space.
        NotText: it holds a NUL or half a surrogate pair.
        TooBig: it is longer than `LONGEST_BYTES`.
    """
    if not new.text.strip():
        raise BadArgument(f"memory: text: expected something to remember, got {new.text!r}")
    try:
        size = len(new.text.encode())
    except UnicodeEncodeError:
        raise NotText("memory: text: expected Unicode text, got half a surrogate pair") from None
    if "\0" in new.text:
        raise NotText("memory: text: expected text, got binary data")
    if size > LONGEST_BYTES:
        raise TooBig(f"memory: text: expected at most {LONGEST_BYTES} bytes, got {size}; keep it in a file")
    scheme, colon, rest = new.space.partition(":")
    if new.space != "user" and not (scheme in ("project", "app") and colon and rest):
        raise BadArgument(f"memory: space: expected user, project:HASH or app:NAME, got {new.space!r}")
