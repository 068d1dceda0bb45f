"""Which jail does this machine give aosh? Found by starting one, kept until something it hangs on changes.

Whoever starts a jail is told the tier; where that tier cannot be entered the process does not start.
"""

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec

from kernel.jail.spawn import spawn
from kernel.jail.spec import JailError, JailSpec, Tier
from kernel.version import VERSION

_PATIENCE_S = 10
_TRIED = "tiers, overlay"
"""What an answer speaks of; one that was kept before more was tried is no answer."""
_STRENGTH = {"none": 0, "L": 1, "F": 2}
_LAYERS = ("lower", "upper", "work")
_SWITCHES = {
    "/proc/sys/user/max_user_namespaces": ("0", "user namespaces are switched off"),
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "only root may make user namespaces"),
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": ("1", "AppArmor holds user namespaces back"),
}
"""File: (the value at which it forbids, what that means)."""


class Choice(msgspec.Struct, frozen=True):
    """The jail of a session."""

    tier: Literal["F", "L", "none"]
    reason: str = ""
    """Why it is not the next stronger one; empty for F."""
    without_overlays: str = ""
    """Why programs work on copies where namespaces hold; empty where overlays hold too, and outside tier F."""

    @property
    def has_overlays(self) -> bool:
        """Whether what a program writes can go to an overlay."""
        return self.tier == "F" and not self.without_overlays

    @property
    def start(self) -> Tier:
        """What to start jails in. With "none" that is L, where no process then starts."""
        return "L" if self.tier == "none" else self.tier

    def meets(self, required: str) -> bool:
        """Whether it is as strong as a tier, or stronger."""
        return _STRENGTH[self.tier] >= _STRENGTH[required]


class _Kept(msgspec.Struct, frozen=True):
    circumstances: list[str]
    choice: Choice


def choose(folder: Path, *, is_fresh: bool = False) -> Choice:
    """The strongest tier that holds here; tried once and kept in `folder`, which no jail may write to.

    Args:
        folder: aosh's state; where it cannot be written nothing is kept.
        is_fresh: try again whatever is kept.
    """
    file, now = folder / "jail.json", circumstances()
    if not is_fresh:
        with suppress(OSError, msgspec.DecodeError):
            kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
            if kept.circumstances == now:
                return kept.choice
    choice = find(folder)
    with suppress(OSError):
        write(file, msgspec.json.encode(_Kept(now, choice)))
    return choice


def write(file: Path, content: bytes) -> None:
    """Replace a file whole, so that no reader meets half of it.

    Raises:
        OSError: it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(file)


def circumstances() -> list[str]:
    """What the answer hangs on, as far as a few reads tell: some 50 us."""
    switches = [f"{path}={_read(path)}" for path in _SWITCHES]
    return [VERSION, _TRIED, os.uname().release, sys.executable, str(os.geteuid()), _read("/proc/self/uid_map"),
            _filters(), *switches]  # fmt: skip


def find(unseen: Path) -> Choice:
    """Try tier F, then L, each by starting a jail; in tier F an overlay as well.

    Args:
        unseen: a folder that exists outside; a jail with namespaces must not find it. Overlays are kept in it.
    """
    refusal = refusal_of("F", unseen)
    if not refusal:
        return Choice("F", without_overlays=overlay_refusal(unseen))
    weaker = refusal_of("L", unseen)
    return Choice("none", weaker) if weaker else Choice("L", _explained(refusal))


def refusal_of(tier: Tier, unseen: Path) -> str:
    """Why a jail of this tier does not start; empty when it does."""
    if sys.platform != "linux":
        return f"this is {sys.platform}; the jail needs Linux"
    return _tried(JailSpec(metadata=True), [tier, str(unseen)], tier, ())


def overlay_refusal(folder: Path) -> str:
    """Why a program's writes to an overlay whose layers lie in a folder do not go apart; empty when they do.

    There are containers that have user namespaces and no overlays in them, and file systems that hold none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryDirectory(prefix="overlay-trial-", dir=folder) as made:
            lower, upper, work = (os.path.join(os.path.realpath(made), each) for each in _LAYERS)
            for layer in (lower, upper, work):
                os.mkdir(layer)
            spec = JailSpec(write=(lower,))
            refusal = _tried(spec, ["overlay", f"{lower}/made"], "F", [(lower, upper, work)])
            if not refusal and (os.listdir(lower), os.listdir(upper)) != ([], ["made"]):
                refusal = "what was written to it did not go apart"
    except OSError as error:
        return f"{error.strerror}: {error.filename!r}"
    return re.sub(r"^(?:jail: |namespaces: )+|\[Errno \d+\] ", "", refusal.removesuffix(f": {lower!r}"))


def _tried(spec: JailSpec, words: list[str], tier: Tier, overlays: Sequence[tuple[str, str, str]]) -> str:
    """Why a trial jail does not start, or does not arrive; empty when it does."""
    try:
        child = spawn(spec, "kernel.jail.arrival", words, name="aosh-trial", tier=tier, overlays=overlays)
    except (JailError, OSError) as error:
        return str(error)
    try:
        status = child.wait(_PATIENCE_S)
    except TimeoutExpired:
        child.kill_tree()
        child.wait()
        return f"a jail did not start within {_PATIENCE_S} s"
    last = child.stderr_tail().strip().splitlines()[-1:]
    return "" if status == 0 else (last[0] if last else f"the trial jail ended with status {status}")


def _explained(refusal: str) -> str:
    text = re.sub(r"^jail: |\[Errno \d+\] ", "", refusal)
    causes = [
        f"{cause} ({path} is {value})" for path, (value, cause) in _SWITCHES.items() if _read(path) == value
    ]
    if _filters() not in ("", "0"):
        causes.append("aosh itself runs under a seccomp filter")
    return f"{text}; {', '.join(causes)}" if causes else text


def _filters() -> str:
    found = re.search(r"^Seccomp:\s*(\d+)", _read("/proc/self/status"), re.MULTILINE)
    return found.group(1) if found else ""


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as stream:
            return stream.read().strip()
    except OSError:
        return ""
