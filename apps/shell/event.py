"""What every event of a scripted session carries."""

import msgspec

VERSION = 1


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every event carries; `Stream` fills it in."""

    v: int = VERSION
    """Version of this format; grows when a field changes its meaning or goes."""
    seq: int = 0
    """Counts from 0 without gaps within a session's output."""
    ts: float = 0.0
    """Unix time in seconds."""
    session_id: str = ""
    turn_id: str = ""
    """Empty outside a turn."""
