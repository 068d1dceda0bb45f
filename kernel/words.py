"""Typed values from people's words, by argument kind: "10 MB", "last week", "five", "executable".

Used for `:area.name key=value`, and for every mind whose tools take words. `parse` refuses what
it does not know; it never guesses.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from syscalls.errors import BadArgument

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50,
    "hundred": 100,
    "dos": 2, "tres": 3, "deux": 2, "trois": 3, "zwei": 2, "drei": 3,
    "dozen": 12, "half": 0.5, "couple": 2, "few": 3, "thousand": 1000,
}  # fmt: skip
"""Spelled numbers; "a few" is three, as most people mean it."""

NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + r")"

_UNITS = {
    "b": 1, "byte": 1, "bytes": 1, "k": 10**3, "kb": 10**3, "kilobyte": 10**3, "kilobytes": 10**3, "kib": 2**10,
    "m": 10**6, "mb": 10**6, "meg": 10**6, "megs": 10**6, "megabyte": 10**6, "megabytes": 10**6, "mib": 2**20,
    "g": 10**9, "gb": 10**9, "gig": 10**9, "gigs": 10**9, "gigabyte": 10**9, "gigabytes": 10**9, "gib": 2**30,
    "t": 10**12, "tb": 10**12, "terabyte": 10**12, "terabytes": 10**12, "tib": 2**40,
}  # fmt: skip
SIZE_UNIT = r"(?:" + "|".join(sorted((unit for unit in _UNITS), key=len, reverse=True)) + r")"

_SECONDS = {
    "second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "m": 60, "hour": 3600, "hr": 3600, "h": 3600, "day": 86_400, "d": 86_400,
    "week": 604_800, "w": 604_800, "fortnight": 1_209_600, "month": 2_629_800, "year": 31_557_600, "y": 31_557_600,
}  # fmt: skip
"""A month is a twelfth of a year of 365.25 days."""
TIME_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|fortnights?|months?|years?)"

TYPES = {
    "python": "*.py", "markdown": "*.md", "text": "*.txt", "txt": "*.txt", "csv": "*.csv", "json": "*.json",
    "yaml": "*.{yaml,yml}", "yml": "*.{yml,yaml}", "xml": "*.xml", "html": "*.{html,htm}", "css": "*.css", "pdf": "*.pdf",
    "javascript": "*.js", "typescript": "*.ts", "java": "*.java", "rust": "*.rs", "shell": "*.sh", "bash": "*.sh",
    "toml": "*.toml", "ini": "*.ini", "sql": "*.sql", "log": "*.log", "logs": "*.log", "zip": "*.zip", "tmp": "*.tmp",
    "temp": "*.{tmp,temp}", "temporary": "*.{tmp,temp}", "backup": "*.{bak,backup,orig}", "bak": "*.bak", "gif": "*.gif",
    "png": "*.png", "jpg": "*.{jpg,jpeg}", "jpeg": "*.{jpg,jpeg}", "svg": "*.svg", "mp3": "*.mp3", "mp4": "*.mp4", "c": "*.c",
    "image": "*.{png,jpg,jpeg,gif,webp,bmp,svg,tiff,heic}", "photo": "*.{jpg,jpeg,png,heic,webp,gif,tiff}",
    "picture": "*.{png,jpg,jpeg,gif,webp,bmp,svg,tiff,heic}", "video": "*.{mp4,mov,avi,mkv,webm}", "doc": "*.{doc,docx}",
    "audio": "*.{mp3,wav,flac,ogg,m4a}", "music": "*.{mp3,wav,flac,ogg,m4a}", "config": "*.{ini,cfg,conf,toml,yaml,yml}",
    "spreadsheet": "*.{xlsx,xls,ods,csv}", "archive": "*.{zip,tar,gz,tgz,bz2,xz,7z}", "script": "*.{sh,py,bash}",
    "pic": "*.{png,jpg,jpeg,gif,webp,bmp,svg,tiff,heic}", "photograph": "*.{jpg,jpeg,png,heic,webp,gif,tiff}",
    "md": "*.md", "py": "*.py", "js": "*.js", "sh": "*.sh", "word": "*.{doc,docx}", "excel": "*.{xls,xlsx}", "ts": "*.ts",
}  # fmt: skip
"""What people call a kind of file -> the names such files have."""


def number(text: str) -> float | None:
    """A number in digits or words; None when it is none."""
    word = text.strip().lower().replace(",", "")
    if word in NUMBERS:
        return float(NUMBERS[word])
    return float(word) if re.fullmatch(r"[-+]?\d{1,15}(?:\.\d{1,9})?", word) else None


def size(text: str) -> int:
    """Bytes: "10 MB", "1.5gb", "300 bytes", "500". Powers of 1000; KiB and such are powers of 1024."""
    match = re.fullmatch(rf"\s*({NUMBER})\s*(?:of\s+)?(?:an?\s+)?({SIZE_UNIT})?\s*", text, re.IGNORECASE)
    amount = number(match[1]) if match else None
    if match is None or amount is None:
        raise BadArgument(f"expected a size such as 500, 10kB or 1.5 GB, got {text!r}")
    return int(amount * _UNITS[(match[2] or "b").lower()])


def age(text: str, now: datetime | None = None) -> int:
    """Seconds before now: "2 days", "last week", "today", "an hour", "30m"."""
    words = text.strip().lower()
    moment = now or datetime.now().astimezone()
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("today", "this morning"):
        return int((moment - midnight).total_seconds()) + 1
    if words == "yesterday":
        return int((moment - midnight + timedelta(days=1)).total_seconds()) + 1
    words = re.sub(r"^(?:in |within |over |during )?(?:the )?(?:last|past|this|previous)\s+", "", words)
    words = re.sub(r"\s+(?:ago|old)$", "", words)
    if words.isdigit():
        return int(words)
    match = re.fullmatch(rf"({NUMBER})?\s*(?:of\s+)?([a-z]+?)s?", words)
    unit = match and _SECONDS.get(match[2], _SECONDS.get(match[2].rstrip("s")))
    if match is None or not unit:
        raise BadArgument(f"expected a time span such as 2 days, 1 week or today, got {text!r}")
    return int((number(match[1]) if match[1] else 1) or 0) * unit if match[1] != "half" else unit // 2


def count(text: str) -> int:
    """A whole number of at least one: "5", "five", "a dozen", "first 3 lines"."""
    for word in re.findall(r"[\w,.]+", text.lower()):
        found = number(word)
        if found is not None and found >= 1 and word not in ("a", "an"):
            return int(found)
    raise BadArgument(f"expected a whole number, got {text!r}")


def mode(text: str) -> str:
    """Permissions as chmod takes them, also from words: "executable", "read-only", "755"."""
    words = re.sub(r"[\s_-]+", " ", text.strip().lower())
    if re.fullmatch(r"[0-7]{3,4}", words.replace(" ", "")):
        return words.replace(" ", "")
    if re.fullmatch(r"[ugoa]*[+=-][rwxxst]+(,[ugoa]*[+=-][rwxxst]+)*", text.strip().lower()):
        return text.strip()
    for pattern, value in _MODES:
        if re.search(pattern, words):
            return value
    raise BadArgument(f"expected permissions such as 755, u+x, executable or read-only, got {text!r}")


_MODES = (
    (
        r"\b(not|non|no longer|un) ?(be )?(executable|runnable)|(remove|take away|drop).*(execut|run)|without execut",
        "a-x",
    ),
    (r"\bread ?only\b|write ?protect|not writ|can ?(no|')t be (changed|edited|written)", "a-w"),
    (r"\b(executable|runnable|execute|run)\b", "a+x"),
    (
        r"\bprivate\b|only (me|i|the owner|for me|by me)|(by |for )?me only|just (me|by me)|nobody else",
        "go-rwx",
    ),
    (r"\bwrit(e)?able\b|\bwrite\b|editable", "u+w"),
    (r"\b(world|everyone|everybody|all|public).*read|readable", "a+r"),
)


def glob(text: str) -> str:
    """A name pattern: "*.py" as it is; "python files", ".md", "csv" as the names such files have; else the name itself."""
    words = text.strip().strip("'\"")
    if any(mark in words for mark in "*?["):
        return words
    lowered = re.sub(
        r"\b(all|every|the|any|my|files?|called|named|ending|in|with|extension|type|of)\b", " ", words.lower()
    ).split()
    if len(lowered) == 1 or (len(lowered) == 2 and lowered[0] in TYPES):
        word = lowered[0]
        if re.fullmatch(r"\.[a-z0-9]{1,5}", word):
            return f"*{word}"
        for candidate in (word, word.rstrip("s")):
            if candidate in TYPES:
                return TYPES[candidate]
    return words if "." in words else f"*{words}*"


def boolean(text: str) -> bool:
    """yes/no, true/false, on/off, 1/0."""
    word = text.strip().lower()
    if word in ("yes", "true", "on", "1", "y"):
        return True
    if word in ("no", "false", "off", "0", "n"):
        return False
    raise BadArgument(f"expected yes or no, got {text!r}")


def integer(text: str) -> int:
    """A whole number in digits or words."""
    found = number(text)
    if found is None or found != int(found):
        raise BadArgument(f"expected a whole number, got {text!r}")
    return int(found)


def decimal(text: str) -> float:
    """A number in digits or words."""
    found = number(text)
    if found is None:
        raise BadArgument(f"expected a number, got {text!r}")
    return found


PARSERS: dict[str, Callable[[str], Any]] = {
    "size": size, "age": age, "count": count, "mode": mode, "glob": glob, "boolean": boolean,
    "integer": integer, "number": decimal,
}  # fmt: skip


def parse(kind: str, text: str) -> Any:
    """The typed value of an argument of that kind; text kinds pass through.

    Raises:
        BadArgument: says what was given and what would be accepted.
    """
    return PARSERS[kind](text) if kind in PARSERS else text
