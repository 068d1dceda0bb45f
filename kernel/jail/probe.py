"""Which jail can this machine give? Found by trying, in a child, never by reading a version."""

import marshal
import os
import subprocess
import sys
from typing import Literal

import msgspec

from kernel.jail.plan import package_root

_BOOT = "import sys; sys.path.append(sys.argv[1]); from kernel.jail.trial import main; main()"
_PATIENCE_S = 10
_LAYERS = ("limits", "no_new_privs", "landlock", "seccomp")


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One layer of the jail, as tried."""

    name: str
    """One of limits, no_new_privs, landlock, seccomp."""
    reason: str
    """Why it does not hold here; empty when it does."""


class JailReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `probe` found."""

    tier: Literal["L", "none"]
    """L: every layer holds. none: no jailed process can be started here."""
    landlock_abi: int
    """Landlock's version; 0: none."""
    layers: tuple[Layer, ...]
    """Every layer, in the order they are put on."""
    weaknesses: tuple[str, ...]
    """What tier L does not hold on this machine though newer kernels or another user would."""


def probe() -> JailReport:
    """Try every layer in a throw-away process (some 30 ms); it never raises for a machine that lacks one."""
    if sys.platform != "linux":
        return _nothing(f"this is {sys.platform}; the jail needs Linux")
    command = [sys.executable, "-I", "-S", "-c", _BOOT, package_root()]
    try:
        tried = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env={}, timeout=_PATIENCE_S, check=True
        )
        version, found = marshal.loads(tried.stdout)
    except (OSError, subprocess.SubprocessError, ValueError, EOFError) as failure:
        return _nothing(f"the trial process failed: {failure}")
    layers = tuple(Layer(name, reason) for name, reason in found)
    tier: Literal["L", "none"] = "none" if any(layer.reason for layer in layers) else "L"
    return JailReport(tier, version, layers, tuple(_weaknesses(version)) if tier == "L" else ())


def _nothing(reason: str) -> JailReport:
    return JailReport("none", 0, tuple(Layer(name, reason) for name in _LAYERS), ())


def _weaknesses(version: int) -> list[str]:
    found = ["names, sizes and times of files outside the grants can be read (tier F hides them)"]
    if version < 3:
        found.append(f"Landlock ABI {version}: openat2 may truncate files that are granted for reading")
    if version < 2:
        found.append(f"Landlock ABI {version}: no rename from one directory to another, granted or not")
    if version < 6:
        found.append(f"Landlock ABI {version}: a jail with processes may signal only its own process group")
    if os.geteuid() == 0:
        found.append("running as root: the process count is not limited")
    return found
