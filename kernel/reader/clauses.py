"""Where one request holds several: "list the files and save the list to x.txt" is two.

Splits at "and then", ";", "&&", and at "and" or a comma before a verb people use for a call.
Quoted text is never split. Splitting too little is safe (the whole is read as one, and words stay
unread); splitting too much is not, so a bare "and" needs a verb after it.
"""

import re
from collections.abc import Iterator

from kernel.reader.lazy import Lazy

VERBS = frozenset(
    """add append back backup calculate cat change chmod clear clone compare compute copy count cp create delete diff
    display draw dump duplicate edit empty erase find get give grep head insert list locate look ls make mkdir move mv
    open print put read remove rename replace rm save search set show sort store substitute switch tail tell throw touch
    trash tree view wc what which who where how write check export place drop overwrite see give tidy turn then just
    crea crear copia borra elimina mueve muestra guarda lista busca renombra
    erstelle kopiere lösche verschiebe zeige suche speichere liste benenne
    crée copie supprime déplace affiche cherche enregistre renomme""".split()
)
"""First words of requests. Adding one only allows a split; it never makes a call."""

_QUOTED = Lazy(r"'(?:[^'\n]*[^\s'])?'(?!\w)|\"[^\"]*\"|“[^”]*”|‘[^’]*’|`[^`]*`|«[^»]*»|「[^」]*」")
_HARD = Lazy(
    r"\s*(?:;|&&|\n+)\s*|[,.]?\s+(?:and\s+)?(?:then|afterwards|after that|next)\b,?\s+|[,.]\s+(?:but\s+)?(?:also|finally)\b,?\s+",
    re.IGNORECASE,
)
_SOFT = Lazy(
    r"(?:,\s*|\s+)(?:and|und|et|y|e)\s+(?:also\s+|please\s+)?|,\s+(?:please\s+)?|\.\s+", re.IGNORECASE
)
_BUT_FIRST = Lazy(r"^(.*?),?\s+but (?:first|before that)\s+(.*)$", re.IGNORECASE | re.DOTALL)


_BOTH_ENDS = Lazy(
    r"^(?:\w+\s+){0,3}?(?:the\s+)?(?P<a>first|last)\s+(?P<m>\w+)(?:\s+lines?)?\s+and\s+(?:the\s+)?(?P<b>first|last)\s+(?P<n>\w+)\s+(?P<unit>lines?)\s+(?:of|from|in)\s+(?P<rest>\S+)$",
    re.IGNORECASE,
)
_ASIDE = Lazy(
    r"^(?:so\s+)?how many (?:are there|is that|were there|did you find|are they)\W*$", re.IGNORECASE
)
"""Said of the result before, which shows its count anyway."""


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Where quoted text stands, marks included. An apostrophe inside a word is no mark."""
    return [
        match.span()
        for match in _QUOTED.finditer(text)
        if match.start() == 0 or not text[match.start() - 1].isalnum()
    ]


_PURPOSE = Lazy(
    r",?\s+(?:so that (?:i|we|nobody|no one|it)\b|so (?:i|we) can\b|so nobody\b|because\b|in case\b|before i forget\b|by accident\b).*$"
    r"|^(?:(?:oh|ok|okay|well|so|hey|hi|dear|and|also)[,!]?\s+)+(?=\w)",
    re.IGNORECASE,
)
"""Reasons and interjections: they ask for nothing."""


def split(text: str) -> list[str]:
    """The clauses of a request, in the order to be done."""
    match = _PURPOSE.search(text)
    if (
        match
        and not _is_inside(match.start(), quoted_spans(text))
        and match.end() - match.start() < len(text) - 4
    ):
        text = (text[: match.start()] + text[match.end() :]).strip()
    first = _BUT_FIRST.match(text)
    if first and not _is_inside(first.start(2), quoted_spans(text)):
        return [*split(first[2]), *split(first[1])]
    ends = _BOTH_ENDS.search(text)
    if ends:
        place = f"{ends['unit']} of {ends['rest']}"
        return [f"show the {ends['a']} {ends['m']} {place}", f"show the {ends['b']} {ends['n']} {place}"]
    found = [piece.strip(" ,") for piece in _pieces(text, _cuts(text)) if piece.strip(" ,.")]
    return _joined(found)


def _cuts(text: str) -> list[tuple[int, int]]:
    """Where a request is cut, in order."""
    safe = quoted_spans(text)
    cuts = [match.span() for match in _HARD.finditer(text) if not _is_inside(match.start(), safe)]
    for match in _SOFT.finditer(text):
        is_pair = re.search(r"\b(?:read|cut|copy)$", text[: match.start()], re.IGNORECASE)
        if is_pair or _is_inside(match.start(), safe) or _touches(match.span(), cuts):
            continue
        if _begins_with_verb(text[match.end() :]):
            cuts.append(match.span())
    return sorted(cuts)


def _pieces(text: str, cuts: list[tuple[int, int]]) -> Iterator[str]:
    at = 0
    for start, end in cuts:
        yield text[at:start]
        at = end
    yield text[at:]


def _joined(found: list[str]) -> list[str]:
    """Without asides; "print a, then the b" says its verb once."""
    kept = found[:1]
    for piece in found[1:]:
        if _ASIDE.match(piece):
            continue
        has_verb = any(word in VERBS for word in re.findall(r"[a-z]+", piece.lower()))
        is_bare = re.match(r"(?:the|my|an?)\s", piece, re.IGNORECASE) is not None and not has_verb
        kept.append(f"{kept[-1].split()[0]} {piece}" if is_bare else piece)
    return kept


def _begins_with_verb(rest: str) -> bool:
    word = re.match(r"[^\W\d_]+", rest)
    return word is not None and word[0].lower() in VERBS


def _is_inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _touches(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
