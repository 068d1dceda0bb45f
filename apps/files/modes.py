"""Permissions as chmod writes them: `755`, `u+x,go-w`."""

import re
import stat

_CLAUSE = re.compile(r"([ugoa]*)([+=-])([rwxXst]+)")
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111}
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
_UMASK = 0o022
"""What a clause that names nobody, such as `+w`, leaves alone."""


def changed_mode(wanted: str, mode: int) -> int:
    """The permission bits after `wanted` is applied to a file of `mode`.

    Args:
        wanted: octal or comma-separated clauses, as the ABI's `Mode` admits.
        mode: `st_mode`, kind included (`X` and set-id bits depend on it).
    """
    if wanted.isdigit():
        return int(wanted, 8)
    bits = stat.S_IMODE(mode)
    for who, operator, letters in _CLAUSE.findall(wanted):
        scope = _scope(who)
        asked = _asked(letters, mode, bits) & scope
        if operator == "+":
            bits |= asked
        elif operator == "-":
            bits &= ~asked
        else:
            bits = (bits & ~scope) | asked
    return bits


def matches_mode(wanted: str, mode: int) -> bool:
    """Octal: exactly these bits. Symbolic: what it adds is there, what it removes is not."""
    return changed_mode(wanted, mode) == stat.S_IMODE(mode)


def _scope(who: str) -> int:
    if not who:
        return 0o7777 & ~_UMASK
    scope = 0
    for letter in who:
        scope |= _WHO[letter]
    return scope


def _asked(letters: str, mode: int, bits: int) -> int:
    asked = 0
    for letter in letters:
        if letter in _BITS:
            asked |= _BITS[letter]
        elif letter == "X" and (stat.S_ISDIR(mode) or bits & 0o111):
            asked |= 0o111
        elif letter == "s":
            asked |= stat.S_ISUID | stat.S_ISGID
        elif letter == "t":
            asked |= stat.S_ISVTX
    return asked
