"""Regular expressions that are compiled when first used: importing the reader must not cost 150 ms."""

import re
from collections.abc import Callable, Iterator
from functools import cached_property


class Lazy:
    """A pattern, compiled at first use."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._source = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._source, self._flags)

    def search(self, text: str, at: int = 0) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        return self._compiled.search(text, at)

    def match(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.match`."""
        return self._compiled.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.fullmatch`."""
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        return self._compiled.finditer(text)

    def findall(self, text: str) -> list[str]:
        """As `re.Pattern.findall`, for patterns without several groups."""
        found: list[str] = self._compiled.findall(text)
        return found

    def split(self, text: str) -> list[str]:
        """As `re.Pattern.split`, for patterns whose groups always take part."""
        return [piece or "" for piece in self._compiled.split(text)]

    def sub(self, by: "str | Callable[[re.Match[str]], str]", text: str) -> str:
        """As `re.Pattern.sub`."""
        return self._compiled.sub(by, text)
