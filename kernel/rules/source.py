"""A text that holds rules: where it comes from, and the mistake in it that stops everything."""

import msgspec

from kernel.rules.rule import Layer


class BadRules(Exception):
    """A rule file that cannot be read; aosh does not start on it."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}")


class Source(msgspec.Struct, frozen=True):
    """Where a text comes from, and what its paths mean."""

    layer: Layer
    file: str
    base: str
    """The folder that relative path patterns are relative to."""
    home: str
    """What `~` stands for."""
