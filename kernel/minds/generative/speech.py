"""The words of an answer while it is being written: the text of `{"calls": [], "text": "...", "done": ...}` as it grows.

Only where no call came before it: words beside calls may turn out to be about what then fails. What it gives is what
`decoding` finds in the whole answer, without the white space at both ends.
"""

import re

from kernel.minds.port import Tell

_HEX = re.compile("[0-9a-fA-F]{4}")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_BROKEN = "\ufffd"


class Speech:
    """Tells one answer's words, piece by piece; the pieces concatenate to the draft's text."""

    def __init__(self, tell: Tell) -> None:
        self.said = ""
        """What was told so far."""
        self._tell = tell
        self._scan = Scan()
        self._space = ""

    def more(self, part: str) -> None:
        """Some more of the answer has come."""
        text = self._space + self._scan.more(part)
        if not self.said:
            text = text.lstrip()
        told = text.rstrip()
        self._space = text[len(told) :]
        self._say(told)

    def end(self, text: str) -> None:
        """The answer's text is this: what is missing is told; what was told wrongly is begun anew."""
        if text.startswith(self.said):
            self._say(text[len(self.said) :])
        else:
            self.drop()
            self._say(text)

    def drop(self) -> None:
        """The answer is of no use: what was told of it does not count."""
        if self.said:
            self._tell("", True)
        self.said = self._space = ""

    def _say(self, told: str) -> None:
        if told:
            self.said += told
            self._tell(told, False)


class Scan:
    """Reads an answer's JSON a piece at a time, and finds its text."""

    def __init__(self) -> None:
        self._depth = 0
        self._key = ""
        self._is_value = self._is_string = self._has_calls = self._is_over = False
        self._escape = ""
        """An escape that is not whole yet, from its backslash on."""
        self._high = 0
        """The first half of a surrogate pair."""

    def more(self, part: str) -> str:
        """The text's characters that this piece of the answer holds."""
        return "".join(map(self._one, part))

    def _one(self, mark: str) -> str:
        if self._is_string:
            return self._inside(mark)
        if mark == '"':
            self._is_string = True
            self._has_calls |= self._depth > 1 and self._key == "calls"
            if self._depth == 1 and not self._is_value:
                self._key = ""
        elif mark in "{[":
            self._has_calls |= self._depth > 1 and self._key == "calls"
            self._depth += 1
        elif mark in "}]":
            self._depth -= 1
        elif self._depth == 1 and mark in ":,":
            self._is_value = mark == ":"
        return ""

    def _inside(self, mark: str) -> str:
        if self._escape:
            return self._given(self._escaped(mark))
        if mark == "\\":
            self._escape = mark
            return ""
        if mark == '"':
            self._is_string = False
            rest = self._given("")
            self._is_over |= self._is_speech
            return rest
        return self._given(mark)

    def _escaped(self, mark: str) -> str:
        """The character of an escape that is whole now; None while it is not."""
        self._escape += mark
        if self._escape[1] != "u":
            self._escape = ""
            return _PLAIN.get(mark, mark)
        if len(self._escape) < 6:
            return ""
        digits, self._escape = self._escape[2:], ""
        return chr(int(digits, 16)) if _HEX.fullmatch(digits) else _BROKEN

    @property
    def _is_speech(self) -> bool:
        return self._depth == 1 and self._is_value and self._key == "text"

    def _given(self, text: str) -> str:
        """What a character adds to the text; halves of a pair are put together, a single half is broken."""
        if self._depth == 1 and not self._is_value:
            self._key += text
            return ""
        if not self._is_speech or self._has_calls or self._is_over:
            return ""
        return self._paired(text)

    def _paired(self, text: str) -> str:
        if not text:
            if self._escape:
                return ""
            before, self._high = (_BROKEN if self._high else ""), 0
            return before
        point = ord(text)
        high, self._high = self._high, 0
        if 0xDC00 <= point < 0xE000:
            return chr(0x10000 + (high - 0xD800 << 10) + point - 0xDC00) if high else _BROKEN
        broken = _BROKEN if high else ""
        if 0xD800 <= point < 0xDC00:
            self._high = point
            return broken
        return broken + text
