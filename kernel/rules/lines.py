"""On which line of a rule file a key stands, which the TOML reader does not tell."""

import re

Place = tuple[str | int, ...]
"""Such as `("rule", 0, "where", "path")`; list positions count from 0."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_LONG = re.compile(r'"""|\'\'\'')


class Lines:
    """The lines of one file's keys."""

    def __init__(self, text: str) -> None:
        """Args: `text` is TOML that was read without an error."""
        self._known: dict[Place, int] = {}
        self._counts: dict[Place, int] = {}
        section: Place = ()
        quote = ""
        for number, line in enumerate(text.splitlines(), 1):
            if not quote:
                section = self._take(line, number, section)
            quote = _still_open(line, quote)

    def line(self, place: Place) -> int:
        """The line of a place, or of what is around it; counts from 1."""
        while place:
            if place in self._known:
                return self._known[place]
            place = place[:-1]
        return 1

    def _take(self, line: str, number: int, section: Place) -> Place:
        if header := _HEADER.match(line):
            section = self._opened(_names(header[2]), is_list=header[1] == "[[")
            self._known.setdefault(section, number)
        elif key := _KEY.match(line):
            self._known.setdefault((*section, *_names(key[1])), number)
        return section

    def _opened(self, names: list[str], *, is_list: bool) -> Place:
        place: Place = ()
        for at, name in enumerate(names):
            place = (*place, name)
            if is_list and at == len(names) - 1:
                self._counts[place] = self._counts.get(place, -1) + 1
            if place in self._counts:
                place = (*place, self._counts[place])
        return place


def _names(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _still_open(line: str, quote: str) -> str:
    """The quotes of a text of several lines that is open at the end of the line."""
    for found in _LONG.findall(line):
        if not quote:
            quote = found
        elif found == quote:
            quote = ""
    return quote
