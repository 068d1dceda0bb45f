"""Which mind a session thinks with, by the name `-m` takes."""

from pathlib import Path

from apps.shell.settings import Settings
from kernel.jail.tier import Choice
from kernel.minds.port import Mind
from syscalls.errors import MindFailed

NAMES = "needle, reader, none, scripted:FILE, answers:FILE, vllm:FOLDER, and auto"


def mind_of(settings: Settings, jail: Choice) -> Mind:
    """The mind by name.

    Raises:
        MindFailed: there is none of that name.
    """
    name, _, rest = settings.mind.partition(":")
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
        case "answers":
            from kernel.minds.generative.mind import GenerativeMind
            from kernel.minds.generative.scripted_engine import ScriptedEngine

            return GenerativeMind(ScriptedEngine.load(Path(rest)))
        case "vllm":
            return _vllm(rest)
        case _:
            raise MindFailed(f"no mind is called {name!r}; there are {NAMES}")


def _vllm(model: str) -> Mind:
    from kernel.minds.generative.mind import GenerativeMind
    from kernel.minds.generative.vllm_engine import VllmEngine
    from kernel.minds.generative.vllm_settings import VllmSettings, check, has_gpu
    from kernel.turns.policies import fair
    from kernel.turns.scheduled import ScheduledEngine

    settings = VllmSettings(model=model)
    check(settings, on_cpu=not has_gpu())
    return GenerativeMind(ScheduledEngine(VllmEngine(settings), fair, settings.most_turns))


def _needle(settings: Settings, jail: Choice, *, has_engine: bool) -> Mind:
    from kernel.minds.needle.mind import NeedleMind
    from kernel.minds.needle.service import Service

    service = Service(settings.folders.runtime, jail.start) if has_engine else None
    mind = NeedleMind(service, settings.folders.state / "reader")
    if not has_engine:
        mind.name = "reader"
    return mind
