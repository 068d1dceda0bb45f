"""How foreign text is made visible, so that it can never drive the terminal.

Every string that did not come from our own source passes one of these before it is shown. What
would be invisible or act (controls, escape sequences, bidi and zero-width characters, stray bytes)
becomes a short escape such as `\\x1b` or `\\u202e`. Free of rich: `events` and `direct` use it too.
"""

import hashlib
import re

_ACTING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001345f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SYMBOL = "\xa9\xae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_SELECTOR = f"(?<![{_SYMBOL}])[\ufe00-\ufe0f]"
"""Variation selectors may follow a symbol (emoji style); anywhere else they hide data."""

IN_TEXT = re.compile(f"[{_ACTING}]|{_SELECTOR}")
"""What must not be shown as it is in text of several lines (newline and tab may)."""
IN_LINE = re.compile(f"[{_ACTING}\n\t]|{_SELECTOR}")
"""Likewise in a name or any other single line."""
_OWN_COLOURS = re.compile(r"(\x1b\[[0-9;]*m)")
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def shown(character: str) -> str:
    """The visible form of one character; a stray byte (surrogate escape) shows as `\\xNN`."""
    point = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if 0xDC80 <= point <= 0xDCFF:
        return f"\\x{point - 0xDC00:02x}"
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def line(text: str) -> str:
    """`text` on one line with everything invisible made visible, newlines too."""
    return IN_LINE.sub(lambda match: shown(match[0]), text)


def lines(text: str) -> str:
    """`text` with everything but newlines and tabs made visible."""
    return IN_TEXT.sub(lambda match: shown(match[0]), text)


def more(before: str, text: str) -> str:
    """What `lines` makes of `text` where it goes on behind `before`."""
    last = before[-1:]
    return lines(last + text)[len(lines(last)) :]


def json_safe(text: str) -> str:
    """JSON text in which every such character is a `\\uXXXX` escape: the same value, inert on a terminal."""
    return IN_LINE.sub(lambda match: _json_escape(match[0]), text)


def guard(rendered: str) -> str:
    """What we rendered ourselves: colours (SGR), newlines and tabs pass, anything else is made visible.

    The last door before a terminal, so that a renderer's slip stays harmless.
    """
    parts = _OWN_COLOURS.split(rendered)
    return "".join(part if at % 2 else lines(part) for at, part in enumerate(parts))


def middle(text: str, limit: int) -> str:
    """`text` cut in the middle to about `limit` characters, saying how many are left out."""
    left_out = len(text) - limit
    if left_out <= 0:
        return text
    head = limit * 2 // 3
    return f"{text[:head]}…({left_out} more characters)…{text[head + left_out :]}"


def folded(text: str, limit: int) -> str:
    """As `middle`, with the length and the beginning of the SHA-256 of the whole: two texts never look alike."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    left_out = f"{len(text) - limit} more characters, {len(text)} in all, sha256 {digest}"
    return f"{text[:head]}…({left_out})…{text[len(text) - limit + head :]}"


def _json_escape(character: str) -> str:
    point = ord(character)
    if point <= 0xFFFF:
        return f"\\u{point:04x}"
    point -= 0x10000
    return f"\\u{0xD800 + (point >> 10):04x}\\u{0xDC00 + (point & 0x3FF):04x}"
