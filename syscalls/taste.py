"""How does a person want things shown? The few settings the shell honours, and what they make of a size or a date."""

import re
from datetime import datetime
from typing import Any, Literal

import msgspec

Sizes = Literal["", "B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "binary"]
Dates = Literal["", "iso", "relative", "absolute", "d.m.y", "d/m/y", "m/d/y"]
Clock = Literal["", "24", "12"]
Hidden = Literal["", "yes", "no"]
Order = Literal["", "name", "size", "smallest", "newest", "oldest"]


class Taste(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings; an empty one is as aosh has it by itself."""

    sizes: Sizes = ""
    """A unit for all sizes, or "binary": the largest that fits, in powers of 1024."""
    dates: Dates = ""
    clock: Clock = ""
    hidden: Hidden = ""
    """Whether listings hold hidden files."""
    order: Order = ""
    """Of listings."""

    def size(self, size_bytes: int) -> str:
        """A size: "1.5 MB" in powers of 1000, exact below 1000 bytes; else in the unit that was asked for."""
        if self.sizes == "B":
            return f"{size_bytes:,} B"
        if self.sizes in _BYTES:
            return f"{_rounded(size_bytes / _BYTES[self.sizes])} {self.sizes}"
        step, units = (1024, _BINARY) if self.sizes == "binary" else (1000, _DECIMAL)
        if abs(size_bytes) < step:
            return f"{size_bytes} B"
        size = float(size_bytes)
        for unit in units:
            size /= step
            if abs(size) < step - 0.05:
                return f"{size:.1f} {unit}"
        return f"{size:.1f} {units[-1]}"

    def day(self, when: datetime) -> str:
        """A date as figures."""
        return when.strftime(_DAYS.get(self.dates, "%Y-%m-%d"))

    def time(self, when: datetime, *, seconds: bool = False) -> str:
        """A time of day."""
        if self.clock == "12":
            hour = when.strftime("%I").lstrip("0")
            return f"{hour}{when.strftime(':%M:%S' if seconds else ':%M')} {'am' if when.hour < 12 else 'pm'}"
        return when.strftime("%H:%M:%S" if seconds else "%H:%M")

    def moment(self, when: datetime, *, seconds: bool = False) -> str:
        """Date and time of day."""
        return f"{self.day(when)} {self.time(when, seconds=seconds)}"

    def when(self, moment: float, now: float) -> str:
        """Unix seconds in plain text: date, time and zone, unless it is wanted otherwise."""
        try:
            at = datetime.fromtimestamp(moment).astimezone()
        except (OverflowError, ValueError, OSError):
            return f"{moment:g} s"
        if self.dates == "relative":
            return ago(moment, now)
        if self.dates or self.clock == "12":
            return self.moment(at, seconds=True)
        return at.isoformat(" ", "seconds")


def ago(when: float, now: float) -> str:
    """How long ago, in the largest unit that fits."""
    distance = abs(now - when)
    if not distance < 10**13:
        return "?"
    for unit, seconds in _AGES:
        if distance >= seconds:
            count = int(distance // seconds)
            plural = "s" if count > 1 and unit in ("year", "month", "day") else ""
            words = f"{count} {unit}{plural}"
            return f"{words} ago" if now >= when else f"in {words}"
    return "now"


PLAIN = Taste()
_AGES = (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_DECIMAL = ("kB", "MB", "GB", "TB", "PB", "EB")
_BINARY = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_BYTES = {unit: 1000**power for power, unit in enumerate(_DECIMAL, 1)} | {
    unit: 1024**power for power, unit in enumerate(_BINARY, 1)
}
_DAYS = {"d.m.y": "%d.%m.%Y", "d/m/y": "%d/%m/%Y", "m/d/y": "%m/%d/%Y"}


def defaults_of(taste: Taste) -> dict[str, dict[str, Any]]:
    """Call -> arguments that a request which leaves them open is carried out with."""
    found: dict[str, dict[str, Any]] = {}
    if taste.hidden:
        for call in ("file.list", "file.tree", "file.find"):
            found.setdefault(call, {})["hidden"] = taste.hidden == "yes"
    if taste.order:
        for call in ("file.list", "file.find"):
            found.setdefault(call, {})["order"] = taste.order
    return found


def is_left_open(argument: str, words: str) -> bool:
    """Whether a request's words leave an argument to the defaults: they do not speak of it themselves."""
    return argument != "hidden" or not re.search(r"hidden|dot ?-?file|\ball files\b", words, re.IGNORECASE)


def _rounded(size: float) -> str:
    """Two decimals, more for what would vanish: a small file is no empty one."""
    if size == 0 or abs(size) >= 0.01:
        return f"{size:,.2f}".rstrip("0").rstrip(".")
    return f"{size:.6f}".rstrip("0").rstrip(".") if abs(size) >= 0.000001 else f"{size:.1e}"
