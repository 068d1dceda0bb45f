"""Apps that other packages bring: found by entry point, described from inside a jail, never imported here.

A package with an entry point in the group `aosh.apps` adds a namespace. What it declares is kept
by the package's version and the hash of its file list, so that a start costs no process.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kernel.drivers.jailed import JailedDriver
from kernel.drivers.launch import Grants, Program
from kernel.jail.spec import Tier
from syscalls.caps import Right
from syscalls.declare import Document, Effect, Example, Hint, Nothing, Syscall, Undo
from syscalls.errors import FILE_ERRORS, DeviceFailed, SysError
from syscalls.table import AnyCall

if TYPE_CHECKING:
    from importlib.metadata import Distribution

GROUP = "aosh.apps"


class Found(msgspec.Struct, frozen=True):
    """An installed plugin, before its code has run anywhere."""

    name: str
    """Its namespace, and the entry point's name."""
    package: str
    version: str
    program: Program
    pin: str
    """SHA-256 over version and file list."""


class Plugin(msgspec.Struct, frozen=True):
    """A plugin and what it declares."""

    found: Found
    calls: tuple[AnyCall, ...]
    error: str = ""
    """Why it is left out; empty when all is well."""


def discover() -> list[Found]:
    """Every package with an entry point of ours, by name; imports nothing."""
    found = []
    for dist in _distributions():
        record = dist.read_text("RECORD") or ""
        pin = hashlib.sha256(f"{dist.name} {dist.version}\n{record}".encode()).hexdigest()
        imports = (str(Path(str(dist.locate_file(""))).resolve()),)
        for point in dist.entry_points.select(group=GROUP):
            program = Program(point.name, point.value, imports=imports)
            found.append(Found(point.name, dist.name, dist.version, program, pin))
    return sorted(found, key=lambda each: each.name)


def _distributions() -> Iterator["Distribution"]:
    """The packages that speak of our group; where two have one name, the first on the path counts.

    `importlib.metadata` finds the same, and those inside archives, but parses every package's entry points
    and loads a mail parser for it: 40 ms at each start. Here it is asked about those that name the group.
    """
    seen: set[str] = set()
    for folder in sys.path:
        for info in _infos(folder or "."):
            name = re.sub(r"[-_.]+", "-", os.path.basename(info).rpartition(".")[0].split("-")[0]).lower()
            if name not in seen and GROUP in _entry_points(info):
                from importlib.metadata import Distribution

                yield Distribution.at(info)
            seen.add(name)


def _infos(folder: str) -> list[str]:
    """The folders that describe the packages installed in `folder`."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [
        os.path.join(folder, name) for name in sorted(names) if name.endswith((".dist-info", ".egg-info"))
    ]


def _entry_points(info: str) -> str:
    try:
        return Path(info, "entry_points.txt").read_text("utf-8", errors="replace")
    except OSError:
        return ""


async def load(found: Found, cache: Path, taken: frozenset[str], tier: Tier) -> Plugin:
    """A plugin's calls, from the cache or by asking it in a jail.

    Args:
        cache: folder for manifests.
        taken: namespaces that are not to be had.
        tier: the jail it is asked in.
    """
    if found.name in taken:
        return Plugin(found, (), f"namespace {found.name!r} is taken")
    file = cache / f"{found.name}-{found.pin[:16]}.json"
    try:
        kept = _kept(file)
        manifest = kept or await _describe(found, tier)
        calls = tuple(call_of(found.name, page) for page in manifest["calls"])
    except SysError as error:
        return Plugin(found, (), str(error))
    except (KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
        return Plugin(found, (), f"its manifest is malformed: {error}")
    if kept is None:
        _keep(file, manifest)
    return Plugin(found, calls)


def _kept(file: Path) -> dict[str, Any] | None:
    """The manifest of an earlier start; None when there is none that can be read."""
    with suppress(OSError, msgspec.DecodeError):
        manifest: dict[str, Any] = msgspec.json.decode(file.read_bytes())
        return manifest
    return None


def _keep(file: Path, manifest: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_bytes(msgspec.json.encode(manifest))


async def _describe(found: Found, tier: Tier) -> dict[str, Any]:
    driver = await JailedDriver.start(found.program, Grants(), "", tier)
    try:
        return await driver.describe()
    finally:
        driver.kill()


def call_of(area: str, page: dict[str, Any]) -> AnyCall:
    """A declaration from a manifest page.

    Raises:
        KeyError, ValueError: the page is malformed, or claims a name outside its namespace.
    """
    namespace, _, verb = page["name"].partition(".")
    if namespace != area or not verb.isidentifier():
        raise ValueError(f"{page['name']!r} is not in its namespace {area!r}")
    hints = tuple(_hint(raw) for raw in page.get("hints", ()))
    return Syscall(
        area=area, verb=verb, number=int(page["number"]), args=Nothing, value=Document, doc=str(page["doc"]),
        effect=Effect(page["effect"]), rights=(Right.APP, *(Right(name) for name in page.get("rights", ()))),
        undo=Undo[str(page.get("undo", "nothing")).upper()], raises=(*FILE_ERRORS, DeviceFailed), hints=hints, label="app",
        is_hidden=False, given=(page["schema"], page["result_schema"]),
    )  # fmt: skip


def _hint(raw: dict[str, Any]) -> Hint:
    examples = tuple(Example(each["request"], each.get("arguments", {})) for each in raw.get("examples", ()))
    return Hint(
        tool=raw["tool"], says=raw["says"], slots=raw.get("slots", {}), needs=tuple(raw.get("needs", ())),
        fixed=raw.get("fixed", {}), triggers=tuple(raw.get("triggers", ())), examples=examples,
    )  # fmt: skip
