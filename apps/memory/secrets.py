"""Does a text hold a password, key or token? By the forms known issuers use, by what it is called, and by chance of letters."""

import math
import re
from collections import Counter

_FORMS = (
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
    (r"\bAKIA[0-9A-Z]{16}\b", "a cloud access key"),
    (r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}", "an access token"),
    (r"\bsk-[A-Za-z0-9_-]{16,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bglpat-[\w-]{16,}", "an access token"),
    (r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", "a web token"),
    (r"://[^\s/:@]+:[^\s/@]+@", "a password in an address"),
    (
        r"\b(?:pass(?:word|phrase|code|wd)?|pwd|pin(?: code| number)?|secret|token|api[ _-]?key|access[ _-]?key|"
        r"private[ _-]?key|credentials?|passwort|kennwort|contraseña|mot de passe)\b[^.\n]{0,40}?"
        r"(?:\bis\b|\bare\b|=|:|\bist\b|\bes\b|\best\b)\s*(?!in\b|at\b|on\b|kept\b|stored\b|under\b|required\b|needed\b)\S",
        "a password or key",
    ),
    (r"密码(?:是|为|\uff1a|:)", "a password or key"),
    (r"\b(?:\d[ -]?){15,16}\b", "a card number"),
)
_ISSUED = 6
"""So many of them are forms that nothing but a key has."""
_KNOWN = tuple((re.compile(form, re.IGNORECASE), what) for form, what in _FORMS)
_WORD = re.compile(r"(?<![\w/.\\-])[A-Za-z0-9+=_-]{20,}(?![\w/.\\-])")
_BITS = 3.6
"""Least bits a character of a word that nobody chose."""


def looks_secret(text: str) -> str:
    """What it seems to hold, such as "an access token"; empty where nothing."""
    for form, what in _KNOWN:
        if form.search(text):
            return what
    return "a key of random letters" if any(map(_is_random, _WORD.findall(text))) else ""


def holds_key(text: str) -> bool:
    """Whether a text holds what nothing but a key, a token or an address with a password looks like."""
    return any(form.search(text) for form, _ in _KNOWN[:_ISSUED])


def _is_random(word: str) -> bool:
    if not (re.search(r"\d", word) and re.search(r"[A-Za-z]", word)):
        return False
    counts = Counter(word)
    bits = -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
    return bits >= _BITS
