"""Which words does a text hold, as search compares them? Latin words by their stem, CJK text by pairs of letters.

MiniLM knows hardly any script but Latin: for all others these words carry recall.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_APOSTROPHE = re.compile(r"['\u2019]s?$|['\u2019]")
_EXACT = re.compile(
    r"[^\s,;!?()\[\]{}\"\u201c\u201d]*\d[^\s,;!?()\[\]{}\"\u201c\u201d]*|[\w.+-]+@[\w-]+\.[\w.]+|https?://\S+"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
STOP = frozenset(
    "a an the is are was were be been being am do does did of to in on at by for with from and or but if then that this these those "
    "it its i me my mine we our you your he him his she her they them their what which who whom whose when where why how can could "
    "would should will shall may might must have has had not no so as about into than too very just there here please tell know "
    "remember say said s t m re ve ll d".split()
)
"""Words that say nothing of what a text is about; English, as questions use them."""


def words_of(text: str) -> list[str]:
    """The search words of a text, in order, with repeats; stop words are kept out."""
    return list(_words(unicodedata.normalize("NFKC", text).lower()))


def exact_of(text: str) -> frozenset[str]:
    """Addresses, numbers and names with digits, letter by letter: what must match as it stands."""
    return frozenset(found[0].strip(".:'").lower() for found in _EXACT.finditer(text))


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text):
        word = found[0]
        if not word.isascii() and _CJK.search(word):
            yield from _mixed(word)
            continue
        if "'" in word or "\u2019" in word:
            word = _APOSTROPHE.sub("", word)
        if word and word not in STOP:
            yield stem(word)


def _mixed(word: str) -> Iterator[str]:
    """CJK runs as overlapping pairs (a lone letter as itself); what stands between them as words."""
    last = 0
    for run in _CJK.finditer(word):
        if run.start() > last:
            yield stem(word[last : run.start()])
        letters = run[0]
        yield from (letters[at : at + 2] for at in range(max(1, len(letters) - 1)))
        last = run.end()
    if last < len(word):
        yield stem(word[last:])


@lru_cache(maxsize=1 << 15)
def stem(word: str) -> str:
    """A word without its commonest English endings; light, so that names survive."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for ending, instead, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: -len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word


_ENDINGS = (
    ("ies", "y", 2), ("sses", "ss", 2), ("ingly", "", 3), ("edly", "", 3), ("ing", "", 3), ("ied", "y", 2),
    ("ed", "", 3), ("ly", "", 3), ("ss", "ss", 1), ("us", "us", 1), ("es", "e", 3), ("s", "", 3),
)  # fmt: skip
