"""A text that holds rules: where it comes from, and the mistake in it that stops everything."""

import msgspec

from kernel.ownership import BadFile
from kernel.rules.rule import Layer


class BadRules(BadFile):
    """A rule file that cannot be read; aosh does not start on it."""


class Source(msgspec.Struct, frozen=True):
    """Where a text comes from, and what its paths mean."""

    layer: Layer
    file: str
    base: str
    """The folder that relative path patterns are relative to."""
    home: str
    """What `~` stands for."""
