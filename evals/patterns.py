"""Does a shown text hold what was asked for, however it was laid out?

Forms: a plain string, `re:REGEX`, `num:1234`, `size:1536`; see `evals.cases.Answer`.
"""

import re
from decimal import Decimal

__all__ = ["found", "plain"]

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
FLAGS = re.IGNORECASE | re.DOTALL | re.MULTILINE
GROUP = "[,._\u00a0\u202f ' ]?"
QUANTITY = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?)\s?([kmgt]?)(i?)(?:b|bytes?)?(?![\w])", re.IGNORECASE)


def plain(shown: str) -> str:
    """The text without terminal colours and links, odd spaces made plain."""
    return ANSI.sub("", shown).replace("\u00a0", " ").replace("\u202f", " ")


def found(pattern: str, text: str) -> bool:
    """Whether `text`, already made `plain`, shows `pattern`."""
    form, _, rest = pattern.partition(":")
    match form:
        case "re":
            return re.search(rest, text, FLAGS) is not None
        case "num":
            return _number(int(rest)).search(text) is not None
        case "size":
            return _number(int(rest)).search(text) is not None or any(
                _rounds_to(int(rest), *quantity.groups()) for quantity in QUANTITY.finditer(text)
            )
        case _:
            return pattern.casefold() in text.casefold()


def _number(value: int) -> re.Pattern[str]:
    """The number standing alone: not inside a longer one, a date, a version or a word."""
    grouped = GROUP.join(re.split(r"(?<=\d)(?=(?:\d{3})+$)", str(value)))
    return re.compile(rf"(?<![\w/-])(?<!\d[.,:]){grouped}(?!\w|[.,:/-]\d)")


def _rounds_to(size: int, figure: str, unit: str, binary: str) -> bool:
    """Whether 1.5 with unit k is `size`, to the figure's own precision; a bare k may mean 1000 or 1024."""
    if not unit:
        return False
    power = "kmgt".index(unit.lower()) + 1
    shown = Decimal(figure.replace(",", "."))
    step = Decimal(1).scaleb(int(shown.as_tuple().exponent))
    bases = (1024,) if binary else (1000, 1024)
    return any(abs(Decimal(size) / base**power - shown) < step for base in bases)
