"""The last tour of a tier, kept while nothing it hangs on changes."""

from contextlib import suppress
from pathlib import Path

import msgspec

from kernel.jail.probes.catalogue import PROBES
from kernel.jail.probes.run import Tour, tour
from kernel.jail.spec import Tier
from kernel.jail.tier import circumstances, write


class _Kept(msgspec.Struct, frozen=True):
    circumstances: list[str]
    tour: Tour


def kept_tour(folder: Path, tier: Tier, *, is_fresh: bool = False) -> Tour:
    """The attempts in a tier: those of an earlier time where nothing has changed, else made now.

    Args:
        folder: aosh's state; where it cannot be written nothing is kept.
        is_fresh: make them now whatever is kept.

    Raises:
        JailError: no jail of this tier could be had.
    """
    file = folder / f"probes-{tier}.json"
    now = [*circumstances(), *(probe.id for probe in PROBES)]
    if not is_fresh:
        with suppress(OSError, msgspec.DecodeError):
            kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
            if kept.circumstances == now:
                return kept.tour
    made = tour(tier)
    with suppress(OSError):
        write(file, msgspec.json.encode(_Kept(now, made)))
    return made
