import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from apps.shell.render import escape


def test_every_invisible_or_acting_character_is_made_visible() -> None:
    acting = [
        chr(point)
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    passed = [character for character in acting if escape.line(f"a{character}b") == f"a{character}b"]
    assert passed == []


def test_escapes_read_as_in_source_code() -> None:
    assert escape.line("a\x1b[0m\n\t\r\x07\u202e\u200b\U000e0041") == (
        r"a\x1b[0m\n\t\r\x07\u202e\u200b\U000e0041"
    )


def test_a_byte_that_is_no_text_shows_as_that_byte() -> None:
    assert escape.line(b"caf\xe9".decode("utf-8", "surrogateescape")) == r"caf\xe9"
    assert escape.line("\ud800") == r"\ud800"


def test_text_keeps_its_lines_and_tabs_and_nothing_else() -> None:
    assert escape.lines("a\n\tb\rc") == "a\n\tb\\rc"


def test_ordinary_names_in_any_script_stay_as_they_are() -> None:
    for name in ("README.md", "übung.txt", "日本語.txt", "мир", "עברית", "हिन्दी", "a b", "❤️.png", "x\\n"):
        assert escape.line(name) == name


def test_variation_selectors_hide_nothing_behind_a_letter() -> None:
    assert escape.line("a\ufe01") == r"a\ufe01"
    assert escape.line("❤\ufe0f\ufe0f") == "❤\ufe0f\\ufe0f"


def test_a_long_text_is_cut_in_the_middle_with_a_count() -> None:
    assert escape.middle("a" * 60 + "b" * 40, 30) == "a" * 20 + "…(70 more characters)…" + "b" * 10
    assert escape.middle("short", 30) == "short"


@given(st.text())
def test_the_guard_passes_colours_and_nothing_else_that_acts(text: str) -> None:
    guarded = escape.guard(f"\x1b[1;31m{text}\x1b[0m")
    assert guarded.startswith("\x1b[1;31m") and guarded.endswith("\x1b[0m")
    rest = guarded.replace("\x1b[1;31m", "", 1).removesuffix("\x1b[0m")
    assert escape.lines(rest) == rest or "\x1b[" in text


def test_the_guard_shows_cursor_movement_and_titles() -> None:
    assert escape.guard("\x1b[2J\x1b]0;x\x07\x1b[31mred") == "\\x1b[2J\\x1b]0;x\\x07\x1b[31mred"


@given(st.text(), st.integers(1, 50))
def test_middle_never_loses_count(text: str, limit: int) -> None:
    short = escape.middle(text, limit)
    assert short == text or f"({len(text) - limit} more characters)" in short
