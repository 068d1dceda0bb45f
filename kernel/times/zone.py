"""The zone of the user's clock."""

import os
from zoneinfo import ZoneInfo

_LINK = "/etc/localtime"


def own_zone() -> ZoneInfo:
    """Of `TZ`, else of this machine; UTC where neither names one that is known."""
    named = os.environ.get("TZ", "").lstrip(":")
    linked = os.path.realpath(_LINK).partition("/zoneinfo/")[2]
    for key in (named, linked):
        if key:
            try:
                return ZoneInfo(key)
            except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
                continue
    return ZoneInfo("UTC")
