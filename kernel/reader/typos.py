"""Slips of the finger in the words that steer: "creat a foler" is "create a folder".

Only a word that is nobody's name and not known anywhere in the menu is changed, only into one of
the steering words, and only over one slip. Quoted text and paths are never touched.
"""

import re
from collections.abc import Callable

STEERING = (
    "create folder folders directory file files delete remove rename rename copy move show list search find count lines words "
    "replace append write compare permissions executable biggest largest newest latest content contents called named size "
    "duplicate restore display print memory processes bottom between different difference python right running modified "
    "directory directories structure append sorted alphabetical reverse checksum battery network smallest oldest hidden"
).split()  # fmt: skip


COMMON = {
    "wich": "which", "waht": "what", "teh": "the", "shwo": "show", "hte": "the", "lsit": "list", "lst": "list", "fiel": "file",
    "fiels": "files", "delte": "delete", "pls": "please", "plz": "please", "whats": "what's", "hwo": "how", "mnay": "many", "adn": "and",
}  # fmt: skip
"""Slips too short to be mended by likeness."""


def corrected(text: str, is_known: Callable[[str], bool]) -> str:
    """The text with slips in steering words mended; its length may change."""

    text = re.sub(
        r"\b(" + "|".join(COMMON) + r")\b", lambda found: COMMON[found[0].lower()], text, flags=re.IGNORECASE
    )

    def mend(match: "re.Match[str]") -> str:
        word = match[0]
        if len(word) < 4 or is_known(word.lower()):
            return word
        for right in STEERING:
            if len(word) == 4 and sorted(word.lower()) != sorted(right):
                continue
            if (
                abs(len(right) - len(word)) <= 1
                and word[0].lower() == right[0]
                and is_one_slip(word.lower(), right)
            ):
                return right
        return word

    pieces = re.split(r"('[^']*'|\"[^\"]*\"|\S*[./_\d\-]\S*)", text)
    return "".join(piece if at % 2 else re.sub(r"[A-Za-z]+", mend, piece) for at, piece in enumerate(pieces))


def is_one_slip(left: str, right: str) -> bool:
    """Whether one letter was left out, doubled, changed, or two neighbours swapped."""
    if left == right:
        return False
    if len(left) > len(right):
        left, right = right, left
    start = 0
    while start < len(left) and left[start] == right[start]:
        start += 1
    if len(left) < len(right):
        return left[start:] == right[start + 1 :]
    swapped = (
        left[start + 1 : start + 2] == right[start : start + 1]
        and left[start : start + 1] == right[start + 1 : start + 2]
    )
    return left[start + 1 :] == right[start + 1 :] or (swapped and left[start + 2 :] == right[start + 2 :])
