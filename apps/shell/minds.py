"""Which mind a session thinks with, by the name `-m` takes."""

from dataclasses import replace as settings_for
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from apps.shell.config import MindsSection
from apps.shell.engines import Engines, Whose
from apps.shell.settings import Settings
from kernel.jail.tier import Choice
from kernel.minds.port import Mind
from syscalls.errors import MindFailed

if TYPE_CHECKING:
    from kernel.minds.generative.mind import GenerativeMind
    from kernel.minds.generative.mind_settings import GenerationSettings
    from kernel.minds.generative.port import Engine

NAMES = (
    "auto, needle, reader, none, vllm:FOLDER, openai:MODEL, transformers:PATH, cascade:SMALL,LARGE, "
    "scripted:FILE, answers:FILE; "
    "`aosh minds` tells more"
)


def mind_of(settings: Settings, jail: Choice, engines: Engines, whose: Whose) -> Mind:
    """The mind by name.

    Args:
        engines: those of the host, loaded once for all its sessions.
        whose: whose mind it will be.

    Raises:
        MindFailed: there is none of that name.
    """
    name, _, rest = settings.mind.partition(":")
    if name == "auto" and _has_engines(settings):
        from apps.shell.available import auto

        name, _ = auto(settings)
    match name:
        case "scripted":
            from kernel.minds.scripted import ScriptedMind

            return ScriptedMind.load(Path(rest))
        case "none":
            from kernel.minds.scripted import ScriptedMind

            mute = ScriptedMind(())
            mute.name = "none"
            return mute
        case "auto" | "needle" | "reader":
            return _needle(settings, jail, has_engine=name != "reader")
        case "cascade":
            return _cascade(settings, jail, rest, (engines, whose))
        case "answers" | "vllm" | "openai" | "transformers":
            return _engine(settings, name, rest, (engines, whose))
        case _:
            raise MindFailed(f"no mind is called {name!r}; expected one of {NAMES}")


def _engine(settings: Settings, name: str, model: str, shared: tuple[Engines, Whose]) -> Mind:
    engines, whose = shared
    match name:
        case "answers":
            from kernel.minds.generative.mind import GenerativeMind
            from kernel.minds.generative.scripted_engine import ScriptedEngine

            return GenerativeMind(ScriptedEngine.load(Path(model)))
        case "vllm":
            return _vllm(settings, model, engines, whose)
        case "openai":
            return openai_mind(settings, model, whose)
        case _:
            return _transformers(settings, model, engines, whose)


def openai_mind(settings: Settings, model: str, whose: Whose | None = None) -> "GenerativeMind":
    """A mind of the server that is configured.

    Raises:
        MindFailed: its address is none.
    """
    from kernel.minds.generative.openai_engine import OpenaiEngine

    own = settings.config.minds.openai
    own = replace(own, model=model or own.model, base_url=settings.base_url or own.base_url)
    return generative(OpenaiEngine(own), own, whose)


def generative(engine: "Engine", own: "GenerationSettings", whose: Whose | None = None) -> "GenerativeMind":
    """A mind of an engine, generating as its section says."""
    from kernel.minds.generative.mind import GenerativeMind

    mind = GenerativeMind(
        engine,
        confidence=own.confidence,
        max_tokens=own.max_tokens,
        temperature=own.temperature,
        seed=own.seed,
    )
    if whose is not None:
        mind.agent, mind.interactive = whose.agent, whose.is_interactive
        mind.weight = whose.weight or mind.weight
    return mind


def _vllm(settings: Settings, model: str, engines: Engines, whose: Whose) -> Mind:
    own = settings.config.minds.vllm
    own = replace(own, model=model or own.model)
    return generative(engines.vllm(own, whose), own, whose)


def _cascade(settings: Settings, jail: Choice, rest: str, shared: tuple[Engines, Whose]) -> Mind:
    """A small mind first, then a large one: as the command line names them, or the section `[minds.cascade]`."""
    from kernel.minds.cascade import CascadeMind

    own = settings.config.minds.cascade
    small, _, large = rest.partition(",") if rest else (own.small, ",", own.large)
    if not (small and large) or "cascade" in (small.partition(":")[0], large.partition(":")[0]):
        raise MindFailed(
            f"-m cascade:{rest}: expected two minds such as cascade:needle,openai:MODEL, "
            "or `small` and `large` under [minds.cascade] in config.toml"
        )
    return CascadeMind(
        mind_of(settings_for(settings, mind=small), jail, *shared),
        mind_of(settings_for(settings, mind=large), jail, *shared),
        own.least,
    )


def _has_engines(settings: Settings) -> bool:
    """Whether any engine is configured; without one, nothing is looked at."""
    return bool(settings.base_url) or settings.config.minds != MindsSection()


def _transformers(settings: Settings, model: str, engines: Engines, whose: Whose) -> Mind:
    from kernel.minds.generative.transformers_engine import TransformersEngine
    from kernel.minds.generative.transformers_settings import check

    own = settings.config.minds.transformers
    own = replace(own, model=model or own.model)
    check(own)
    return generative(engines.admitted(TransformersEngine(own), own.model, whose), own, whose)


def _needle(settings: Settings, jail: Choice, *, has_engine: bool) -> Mind:
    from kernel.minds.needle.mind import NeedleMind
    from kernel.minds.needle.service import Service

    service = Service(settings.folders.runtime, jail.start) if has_engine else None
    mind = NeedleMind(service, settings.folders.state / "reader")
    if not has_engine:
        mind.name = "reader"
    return mind
