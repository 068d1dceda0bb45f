"""What is begun before the kernel's own modules are loaded, and the little it needs.

The file driver takes as long to load as all of them, on the other processor: the earlier its
process starts, the sooner the answer.
"""

import json
from collections.abc import Iterable

from apps.shell.settings import Folders, Settings
from kernel.drivers.beside import Beside
from kernel.drivers.launch import Launched, Program, grants_of, launch
from kernel.jail.spec import JailSpec
from kernel.jail.tier import choose
from kernel.net.embedding_settings import EmbeddingSettings
from kernel.process import Limits, Process, workspace_caps
from syscalls.errors import DeviceFailed, SysError

FILES = Program("file", "apps.files.app:files", read=("/etc/passwd", "/etc/group"), has_files=True)
_PROCESSOR = ("/proc/cpuinfo", "/sys/devices/system/cpu")
PARSER = JailSpec(processes=True, memory_bytes=768 << 20, file_bytes=0, open_files=64)
"""The jail in which hostile bytes are taken apart: no file, no program; children, since each of its tasks may end one."""
MEMORY = "memory.db"
MINILM = EmbeddingSettings()
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
LARGE_BYTES = 300 << 20
"""A memory of fewer bytes has fewer records than an index is asked for."""
MACHINE = Program("sys", "apps.machine.app:machine", read=("/proc", "/sys", "/etc/passwd"))


def memory_of(places: Folders, section: EmbeddingSettings = MINILM) -> Program:
    """What serves the memory: from inside its own folder alone, started at its first use.

    Where much is remembered a process beside it holds the index, which is a store that may crash; where a server
    embeds, another one asks it.
    """
    return Program(
        "mem",
        "apps.memory.app:memory",
        read=_PROCESSOR,
        own=str(places.memory),
        beside=(
            *((index_of(places, section.name),) if is_large(places) else ()),
            *((endpoint_of(section),) if section.embedder == "openai" else ()),
        ),
    )


def is_large(places: Folders) -> bool:
    """Whether so much is remembered that an index may pay."""
    try:
        return (places.memory / MEMORY).stat().st_size >= LARGE_BYTES
    except OSError:
        return False


def endpoint_of(section: EmbeddingSettings) -> Beside:
    """The process that asks the person's server for vectors: the only one of the memory's that has a network."""
    told = {
        "base_url": section.base_url, "model": section.model, "key_env": section.key_env, "name": section.name,
    }  # fmt: skip
    return Beside(
        "embedder", "kernel.net.embedding", json.dumps(told), variables=(section.key_env, *_CERTIFICATES)
    )


def model_of() -> Beside:
    """The process that runs the model of this machine, for who must not load it itself."""
    return Beside("embedder", "memory.beside", "{}", JailSpec(read=_PROCESSOR, memory_bytes=2 << 30))


def index_of(places: Folders, model: str = MINILM.name) -> Beside:
    """The process that holds the memory's index; it reads the truth and writes beside it."""
    indexes = places.memory / "index"
    told = {"truth": str(places.memory / MEMORY), "folder": str(indexes), "model": model}
    jail = JailSpec(
        read=(str(places.memory), *_PROCESSOR),
        processes=True, memory_bytes=16 << 30, cpu_s=86_400, open_files=1024,
    )  # fmt: skip
    return Beside(
        "index", "memory.indexer", json.dumps(told), jail, str(indexes), in_packets=True, may_finish=True
    )


def documents_of(places: Folders) -> Program:
    """What finds files by meaning: reads what its caller may, writes its own folder, hands documents to a parser."""
    return Program(
        "doc",
        "apps.documents.app:documents",
        read=_PROCESSOR,
        reads_files=True,
        own=str(places.documents),
        beside=(Beside("parser", "apps.documents.parser", "{}", PARSER),),
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


def user_process(settings: Settings, apps: Iterable[str] = (), limits: Limits | None = None) -> Process:
    """The person's own process: the working folder and what was added, and the apps of these names."""
    roots = [str(path.resolve()) for path in (settings.cwd, *settings.extra)]
    limits = limits or asked_limits(settings)
    caps = workspace_caps(roots, apps, settings.hosts)
    return Process(1, "the person at the console", caps, cwd=roots[0], home=str(settings.home), limits=limits)


def asked_limits(settings: Settings) -> Limits:
    """What the command line says a request may use."""
    return Limits(settings.max_turns, None, settings.max_tokens, settings.timeout_s)
