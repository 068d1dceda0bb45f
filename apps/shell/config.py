"""`config.toml`: what a person settles once. The command line and `AOSH_*` come before it.

Two files, the machine's and the user's; where both settle a key, the user's holds. A file that others could
have written is ignored, and that is said; one with a mistake stops the start, naming line and accepted form.
A project's `.aosh/config.toml` holds rules only (`kernel/rules/`): a project may tighten, never configure.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kernel.minds.cascade_settings import CascadeSettings
from kernel.minds.generative.openai_settings import OpenaiSettings
from kernel.minds.generative.transformers_settings import TransformersSettings
from kernel.minds.generative.vllm_settings import VllmSettings
from kernel.net.embedding_settings import EmbeddingSettings
from kernel.ownership import ROOT, BadFile, distrusted, text_of
from kernel.resources.limits import BudgetSection, LimitsSection
from kernel.verdicts import Mode

NAME = "config.toml"
_AT = re.compile(r" - at `\$\.?(.*)`$")
_STEP = re.compile(r"\[(\d+|\.\.\.)\]|([^.\[\]]+)")


class BadConfig(BadFile):
    """A configuration that cannot be read; aosh does not start on it."""


class SessionSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[session]`: what every session starts with unless it is told otherwise."""

    mind: str | None = None
    """As `--mind` takes it."""
    permission_mode: Mode | None = None
    max_turns: int | None = None
    """Times the mind is asked for one request, at least 1."""
    max_tokens: int | None = None
    """Tokens that models may read and write for one request, at least 1."""
    timeout_s: float | None = None
    """Seconds one request may take, above 0."""

    def __post_init__(self) -> None:
        if self.max_turns is not None and self.max_turns < 1:
            raise ValueError(f"max_turns: expected a number of at least 1, got {self.max_turns}")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ValueError(f"max_tokens: expected a number of at least 1, got {self.max_tokens}")
        if self.timeout_s is not None and not 0 < self.timeout_s < 10**7:
            raise ValueError(f"timeout_s: expected seconds above 0, got {self.timeout_s:g}")


class MindsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[minds.NAME]`: each mind's own."""

    openai: OpenaiSettings = OpenaiSettings()
    transformers: TransformersSettings = TransformersSettings()
    vllm: VllmSettings = VllmSettings()
    cascade: CascadeSettings = CascadeSettings()


class MemorySection(EmbeddingSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[memory]`: what is remembered unasked."""

    episodes: bool = True
    """Whether what was done in a session is remembered when it has ended."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All sections. A part of aosh that is configured adds its own section's record here."""

    session: SessionSection = SessionSection()
    limits: LimitsSection = LimitsSection()
    minds: MindsSection = MindsSection()
    memory: MemorySection = MemorySection()


def load_config(
    system: Path | None, user: Path | None, given: Path | None = None
) -> tuple[Config, list[str]]:
    """The configuration, and remarks on files that were ignored.

    Args:
        system: the machine's folder, where there is one to look at.
        user: the user's folder; likewise.
        given: a file that takes the place of both (`--config`).

    Raises:
        BadConfig: a file cannot be read or holds a mistake.
    """
    remarks: list[str] = []
    if given is not None:
        return _config([(given, _table(given))]), remarks
    import os

    found = []
    for folder, owners in ((system, {ROOT}), (user, {ROOT, os.getuid()})):
        file = folder / NAME if folder is not None else None
        if file is None or not os.path.lexists(file):
            continue
        if problem := distrusted(file, owners):
            remarks.append(f"the settings in {file} are ignored: {problem}")
        else:
            found.append((file, _table(file)))
    return (_config(found) if found else Config()), remarks


def with_limits(config: Config, given: Sequence[str]) -> Config:
    """The configuration with limits from the command line.

    Args:
        given: each `KEY=NUMBER` for a request or `session.KEY=NUMBER` for the session, keys as in `[limits.process]`.

    Raises:
        ValueError: one is neither; says which keys there are.
    """
    limits = config.limits
    for text in given:
        name, _, value = text.partition("=")
        part, _, key = name.rpartition(".")
        if part not in ("", "process", "session") or key not in BudgetSection.__struct_fields__:
            known = ", ".join(BudgetSection.__struct_fields__)
            raise ValueError(
                f"--limit {text!r}: expected KEY=NUMBER or session.KEY=NUMBER, KEY one of {known}"
            )
        section = limits.session if part == "session" else limits.process
        try:
            known_values = msgspec.structs.asdict(section) | {key: value}
            changed = msgspec.convert(known_values, BudgetSection, strict=False)
        except msgspec.ValidationError as error:
            said = _AT.sub("", str(error))
            wanted = said if said.startswith(key) else f"expected a whole number above 0, got {value!r}"
            raise ValueError(f"--limit {text!r}: {wanted}") from None
        limits = msgspec.structs.replace(limits, **{part or "process": changed})
    return msgspec.structs.replace(config, limits=limits)


def _config(found: list[tuple[Path, dict[str, Any]]]) -> Config:
    """Each file is checked by itself, so that a mistake is told where it stands; then they are laid together."""
    together: dict[str, Any] = {}
    config = Config()
    for file, table in found:
        config = _checked(table, file)
        together = _laid_over(together, table)
    return config if len(found) == 1 else _checked(together, found[-1][0])


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = _laid_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


def _checked(table: dict[str, Any], file: Path) -> Config:
    try:
        return msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        message, place = _told(str(error))
        raise BadConfig(str(file), _line(file, place), message) from None


def _told(problem: str) -> tuple[str, tuple[str | int, ...]]:
    """A validator's sentence as ours, and the place it speaks of."""
    at = _AT.search(problem)
    path = at[1] if at else ""
    place = tuple(
        int(number) if number.isdigit() else name or number
        for number, name in _STEP.findall(path)
        if number != "..."
    )
    message = _AT.sub("", problem)
    if unknown := re.match(r"Object contains unknown field `(.*)`", message):
        place = (*place, unknown[1])
        inside = f"[{path}]" if path else NAME
        return f"{inside} knows no {unknown[1]!r}; it knows {', '.join(_known(place[:-1]))}", place
    name = f"{'.'.join(map(str, place))}: " if place else ""
    return f"{name}{message[:1].lower()}{message[1:]}", place


def _known(place: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys of a section."""
    kind: Any = Config
    for name in place:
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
        kind = fields.get(str(name))
        if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            return ()
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


def _line(file: Path, place: tuple[str | int, ...]) -> int:
    from kernel.rules.lines import Lines

    return Lines(file.read_text(encoding="utf-8")).line(place)


def _table(file: Path) -> dict[str, Any]:
    import tomllib

    text = text_of(file, "settings", BadConfig)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(str(file), 0, f"this is not TOML: {error}") from None
