"""What is begun before the kernel's own modules are loaded, and the little it needs.

The file driver takes as long to load as all of them, on the other processor: the earlier its
process starts, the sooner the answer.
"""

from collections.abc import Iterable

from apps.shell.settings import Folders, Settings
from kernel.drivers.launch import Launched, Program, grants_of, launch
from kernel.jail.tier import choose
from kernel.process import Limits, Process, workspace_caps
from syscalls.errors import DeviceFailed, SysError

FILES = Program("file", "apps.files.app:files", read=("/etc/passwd", "/etc/group"), has_files=True)
MACHINE = Program("sys", "apps.machine.app:machine", read=("/proc", "/sys", "/etc/passwd"))


def memory_of(places: Folders) -> Program:
    """What serves the memory: from inside its own folder alone, started at its first use."""
    return Program(
        "mem",
        "apps.memory.app:memory",
        read=("/proc/cpuinfo", "/sys/devices/system/cpu"),
        own=str(places.memory),
    )


def documents_of(places: Folders) -> Program:
    """What finds files by meaning: reads what its caller may, writes its own folder, hands documents to a parser."""
    return Program(
        "doc",
        "apps.documents.app:documents",
        read=("/proc/cpuinfo", "/sys/devices/system/cpu"),
        reads_files=True,
        own=str(places.documents),
        helper="apps.documents.parser",
    )


def start_files(settings: Settings) -> Launched | None:
    """The file driver's process, for `boot` to take over; None where it cannot be had, which `boot` then tells."""
    try:
        prepare(settings.folders)
        tier = choose(settings.folders.state).start
        return launch(FILES, grants_of(FILES, user_process(settings)), str(settings.folders.store), tier)
    except SysError:
        return None


def prepare(places: Folders) -> None:
    """Make the folders, for this user's eyes only.

    Raises:
        DeviceFailed: one cannot be made.
    """
    for folder in (places.state, places.data, places.runtime, places.store, places.sessions):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise DeviceFailed(f"aosh needs the folder {str(folder)!r}: {error.strerror}") from None


def user_process(settings: Settings, apps: Iterable[str] = ()) -> Process:
    """The person's own process: the working folder and what was added, and the apps of these names."""
    roots = [str(path.resolve()) for path in (settings.cwd, *settings.extra)]
    limits = Limits(settings.max_turns, None, settings.max_tokens, settings.timeout_s)
    caps = workspace_caps(roots, apps, settings.hosts)
    return Process(1, "the person at the console", caps, cwd=roots[0], home=str(settings.home), limits=limits)
