"""One hostile text in all the ways it may be written: as it is, decoded, aimed at what was planted."""

import html
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

LISTS = ("traversal.txt", "linux_files.txt", "command_injection.txt")
OVERLONG = {
    b"\xc0\xae": b".", b"\xe0\x80\xae": b".", b"\xf0\x80\x80\xae": b".",
    b"\xc0\xaf": b"/", b"\xe0\x80\xaf": b"/", b"\xf0\x80\x80\xaf": b"/",
    b"\xc1\x9c": b"\\", b"\xc1\x81": b"A",
}  # fmt: skip
"""UTF-8 longer than it need be, which strict decoders refuse and careless ones take for these."""
TARGETS = re.compile(r"/?(etc[/\\](passwd|shadow|group|hosts|issue)|WINDOWS[/\\]win\.ini|boot\.ini)", re.I)
ODD = (
    "..foo", "a..b", "...", "two words", " lead", "trail ", "\N{SNOWMAN}\N{GRINNING FACE}", "-rf", "--help",
    "new\nline", "tab\there", "$(id)", ";id;", "`id`", "%2e%2e", "..%2f", "a\\b", "\\..\\x", "~tilde", "#hash",
    "quote'\"", "caf\u00e9", "cafe\u0301", "\u202egpj", "zero\u200bwidth", ".hidden", "con", "a:b", "NUL",
)  # fmt: skip
"""Names that look like attacks, or like nothing at all, and are fine."""
OWN = (
    "..", "../", "../secret.txt", "../../home/.aoshrc", "../../home/.ssh/id", "out", "out/secret.txt",
    "out/../secret.txt", "dot/.ssh/id", "etc/passwd", "./../secret.txt", "d/../../secret.txt", "~", "~/.aoshrc",
    "~root/.bashrc", "/etc/passwd", "//etc/passwd", "/./etc/passwd", "/proc/self/root/etc/passwd",
    "/proc/self/environ", "/proc/self/cwd/../secret.txt", "/dev/fd/3", "/proc/1/root/etc/passwd", "/", "/etc/",
    "..\\secret.txt", "%2e%2e/secret.txt", "%252e%252e%252fsecret.txt", "\u2025/secret.txt", "\uff0e\uff0e/secret.txt",
    "..\u2215secret.txt", "..%c0%afsecret.txt", "a.txt\0", "../secret.txt\0.txt", "file:///etc/passwd", "*/../../secret.txt",
    "{..,x}/secret.txt", "../*", "../secret*", "**/../..", "out/*", "/e*/passwd", "$HOME/.aoshrc", "$(cat /etc/passwd)",
)  # fmt: skip
"""Ours, so that something is tried where the lists are absent; `out`, `etc` and `dot` are links that lead outside."""


def lines_of(folder: Path) -> list[str]:
    """Every line of the lists, without doubles."""
    found: dict[str, None] = {}
    for name in LISTS:
        text = (folder / name).read_text("utf-8", "surrogateescape")
        found.update(dict.fromkeys(line for line in text.splitlines() if line))
    return list(found)


def spellings(texts: Iterable[str], root: Path) -> list[str]:
    """All spellings of all texts, in order, without doubles.

    Args:
        root: the folder with `secret.txt`, which the aimed ones name.
    """
    found: dict[str, None] = {}
    for text in texts:
        for spelt in _decoded(text):
            for form in (spelt, spelt.replace("\\", "/"), *_aimed(spelt.replace("\\", "/"), root)):
                found[form[:5000]] = None
    return [form for form in found if form]


def _decoded(text: str) -> Iterator[str]:
    yield text
    raw = text.encode("utf-8", "surrogateescape")
    seen = {text}
    for _ in range(3):
        for form in (_unicode(text), html.unescape(text), _bytes(raw), _bytes(_shortened(raw))):
            if form not in seen:
                seen.add(form)
                yield form
        again = unquote_to_bytes(raw)
        if again == raw:
            return
        raw, text = again, _bytes(again)


def _bytes(raw: bytes) -> str:
    """As text; what is no UTF-8 becomes the escapes that file names have."""
    return raw.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode("utf-8")


def _shortened(raw: bytes) -> bytes:
    for long, short in OVERLONG.items():
        raw = raw.replace(long, short)
    return raw


def _unicode(text: str) -> str:
    """`%u002e` and `\\u002e` as the character they stand for."""
    return re.sub(
        r"(?:%u|\\u)([0-9a-fA-F]{4})",
        lambda match: chr(int(match[1], 16)).encode("utf-8", "replace").decode(),
        text,
    )


def _aimed(text: str, root: Path) -> Iterator[str]:
    """The same way in, towards the planted file."""
    if TARGETS.search(text):
        yield TARGETS.sub(f"{root}/secret.txt", text)
        yield TARGETS.sub("/secret.txt", text)
    elif text.startswith(("..", "./..", "/..")) and len(text) < 400:
        yield os.path.join(os.path.dirname(text), "secret.txt")
