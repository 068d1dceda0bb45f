"""Numbers and clock words as people say them, brought into one spelling before anything is read."""

import re
from functools import cache

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty".split(), 2)}
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_TEN_ORDINALS = {"twentieth": 20, "thirtieth": 30}
_SPELLINGS = (
    (r"[’‘]", "'"),
    (r"\b([ap]) ?\. ?m\b\.?|\b([ap]) m\b", r"\1\2m"),
    (r"(?<=\d)([ap])\.?(?=$|\s)", r"\1m"),
    (r"\bin the am\b", "am"),
    (r"\b(\d{1,2}) ?(?:o'?clock|o' clock)", r"\1:00"),
    (r"\b(?:mid[ -]?day|noontime|noon)\b", "12:00 pm"),
    (r"\bmidnight\b", "12:00 am"),
    (r"\bfortnights?\b", "14 days"),
    (r"\b(?:a|1) 14 days\b", "14 days"),
    (r"(?<=\d)-(?=\d{1,2}\s*(?:am|pm)\b)", " - "),
    (
        r"\b(mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.",
        r"\1",
    ),
    (r"\s*@\s*", " at "),
)


@cache
def _number_words() -> dict[str, str]:
    words = {word: str(n) for n, word in enumerate(_ONES)} | {w: str(n) for w, n in _TENS.items()}
    ordinals = {word: n for n, word in enumerate(_ORDINALS)} | _TEN_ORDINALS
    for ten, base in _TENS.items():
        for n in range(1, 10):
            words[f"{ten} {_ONES[n]}"] = words[f"{ten}-{_ONES[n]}"] = str(base + n)
            ordinals[f"{ten} {_ORDINALS[n]}"] = ordinals[f"{ten}-{_ORDINALS[n]}"] = base + n
    return words | {word: f"{n}{suffix(n)}" for word, n in ordinals.items()}


def suffix(number: int) -> str:
    """`st`, `nd`, `rd` or `th`."""
    if 10 < number % 100 < 14:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


@cache
def _words() -> re.Pattern[str]:
    longest = sorted(_number_words(), key=len, reverse=True)
    return re.compile(rf"(?<![\w'])(?:{'|'.join(longest)})(?![\w'])")


def plain(text: str) -> str:
    """The phrase in lower case, numbers as digits, times as `3:00`, `am` or `pm`, single spaces."""
    text = re.sub(r"\s+", " ", text.strip().lower()).rstrip("!?")
    text = re.sub(
        r"\b(a|an|one|per|this|that|the|in a) second\b(?! (?:to|last|of|mon|tue|wed|thu|fri|sat|sun|day|week))",
        r"\1 sec",
        text,
    )
    text = re.sub(r"(?<=\d) second\b", " sec", text)
    text = _words().sub(lambda found: _number_words()[found[0]], text)
    for pattern, plainer in _SPELLINGS:
        text = re.sub(pattern, plainer, text)
    text = (
        re.sub(r"\b(\d{1,2})-(\d{2}|oh|o|ou|0)(?=$|\s|-)(?!-\d|/)", r"\1 \2", text)
        if re.match(r"^(at )?1[0-2]-", text)
        else text
    )
    text = re.sub(r"\b(\d{1,2})[ -](?:oh|o|ou|0)[ -](\d)\b", r"\1:0\2", text)
    return re.sub(r"\s+", " ", text).strip(" ,.")
