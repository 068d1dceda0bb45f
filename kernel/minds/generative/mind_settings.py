"""What the sections of all generative minds have in common."""

import msgspec

CONFIDENCE = 0.9
"""Of a generative mind's call where the engine tells no probabilities: above every floor, for the gate and the
person decide about effects anyway. Configure it by engine once it is measured."""


class GenerationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a mind generates, whatever its engine."""

    model: str = ""
    context_tokens: int = 0
    """Prompt and answer together; 0 is the model's own."""
    max_tokens: int = 1_024
    """Of one answer."""
    temperature: float = 0.0
    seed: int | None = 0
    confidence: float = CONFIDENCE
    """Of a call, where the engine gives no probabilities."""

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence: expected a number from 0 to 1, got {self.confidence:g}")
        if self.max_tokens < 16:
            raise ValueError(f"max_tokens: expected at least 16, got {self.max_tokens}")
        if not 0 <= self.temperature <= 5:
            raise ValueError(f"temperature: expected a number from 0 to 5, got {self.temperature:g}")
