"""What a cascade of minds is made of."""

import msgspec

from syscalls.declare import Effect


class CascadeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `[minds.cascade]`: what `-m cascade` stands for."""

    small: str = "needle"
    """Asked first; as `--mind` takes it."""
    large: str = ""
    """Asked where the small one is not sure enough, such as "openai:MODEL"."""
    least: dict[Effect, float] = {}
    """Effect class, such as "delete" -> least confidence for the small mind to be enough, 0 to 1; never below the
    floor that holds for every mind."""

    def __post_init__(self) -> None:
        for effect, value in self.least.items():
            if not 0 <= value <= 1:
                raise ValueError(f"least.{effect.value}: expected a number from 0 to 1, got {value:g}")
