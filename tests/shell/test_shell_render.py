import io
import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from apps.shell.render.failure import failure
from apps.shell.render.screen import plain, render, to_ansi
from apps.shell.render.view import Limits
from syscalls.declare import Value
from syscalls.errors import NotFound, every_error
from syscalls.file_values import Changed, Diff, Entry, Hit, Listing, Matches, TextOf
from syscalls.taste import ago
from tests.shell.samples import ESCAPES, NOW, Check, samples

SGR = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = st.text(
    st.sampled_from(
        "\x00\x07\x08\x0b\x1b\x7f\x9b\r\n\t[]()m;:\\/'\"ab\u202e\u2066\u200b\ufeff\ud800\udcff\U000e0041"
    ),
    max_size=30,
) | st.text(max_size=30)


def shown(call: str, value: Value, width: int = 80) -> str:
    """What stands on the screen, without colours."""
    return SGR.sub("", to_ansi(render(call, value, width=width, now=NOW), width=width))


def unguarded(renderable: RenderableType, width: int) -> str:
    """What rich prints by itself: the renderers must be safe without the last guard."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, highlight=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def acting(output: str) -> set[str]:
    """Characters that could drive a terminal, our own colours aside."""
    rest = SGR.sub("", output)
    return {c for c in rest if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


@pytest.mark.parametrize("width", [50, 80, 120])
def test_each_value_looks_as_recorded(width: int, snapshot: Check) -> None:
    screens = [f"== {call} ==\n{shown(call, value, width)}" for call, value in samples().items()]
    snapshot(f"values-{width}.txt", "\n".join(screens))


def test_colours_are_as_recorded(snapshot: Check) -> None:
    values = samples("main.py", "def f(x):\n    return 'main.py'\n")
    calls = ("file.read", "file.list", "file.search", "file.diff", "file.move", "sys.status")
    parts = [to_ansi(render(call, values[call], width=80, now=NOW), width=80) for call in calls]
    snapshot("colours.txt", "\n".join(parts).replace("\x1b", "␛"))


@pytest.mark.parametrize("call", samples())
@pytest.mark.parametrize("width", [1, 20, 80, 200])
def test_hostile_names_never_reach_the_terminal(call: str, width: int) -> None:
    value = samples(ESCAPES, f"{ESCAPES}\n{ESCAPES}")[call]
    assert acting(to_ansi(render(call, value, width=width, now=NOW), width=width)) == set()


@settings(max_examples=40, deadline=None)
@given(HOSTILE, HOSTILE, st.integers(0, 2**62), st.integers(1, 150))
def test_no_rendered_output_holds_a_raw_control_character(
    name: str, text: str, number: int, width: int
) -> None:
    for call, value in samples(name or "x", text, number).items():
        renderable = render(call, value, width=width, now=NOW)
        assert acting(to_ansi(renderable, width=width)) == set()
        assert acting(unguarded(renderable, width)) == set()


def test_rich_markup_in_a_name_is_only_text() -> None:
    listing = Listing(".", (Entry("[red]x[/red] :smile:", "file", 1, NOW),), 1)
    assert "[red]x[/red] :smile:" in shown("file.list", listing)


def test_without_colour_nothing_is_coloured() -> None:
    for call, value in samples().items():
        assert "\x1b" not in to_ansi(render(call, value, width=80, now=NOW), width=80, has_colour=False)


def test_a_listing_of_many_entries_is_capped_with_a_notice() -> None:
    entries = tuple(Entry(f"f{number}", "file", 1, NOW) for number in range(5_000))
    screen = shown("file.list", Listing(".", entries, 5_000))
    assert len(screen.splitlines()) < 210
    assert "… 4800 more entries; narrow the request, or pipe it" in screen


def test_a_long_file_is_capped_and_rendered_at_once() -> None:
    started = time.perf_counter()
    screen = shown("file.read", TextOf("big.py", "x = 1\n" * 200_000, 1_200_000))
    assert len(screen.splitlines()) == 401
    assert "… 199600 more lines" in screen
    assert time.perf_counter() - started < 5


def test_one_endless_line_is_cut_in_the_middle() -> None:
    screen = shown("file.read", TextOf("big.json", "x" * 3_000_000, 3_000_000))
    assert "(2998000morecharacters)" in "".join(screen.split())
    assert len(screen) < 5_000


def test_limits_may_be_lifted() -> None:
    entries = tuple(Entry(f"f{number}", "file", 1, NOW) for number in range(300))
    renderable = render("file.list", Listing(".", entries, 300), width=80, now=NOW, limits=Limits(rows=1_000))
    assert "f299" in to_ansi(renderable, width=80)


def test_lines_are_numbered_only_when_a_part_is_shown() -> None:
    assert shown("file.read", TextOf("a.py", "x\ny\n", 4)) == "x\ny\n"
    assert shown("file.read", TextOf("a.py", "x\ny\n", 99, 9)) == " 9 x\n10 y\n"


def test_sorted_lines_have_no_numbers() -> None:
    assert shown("file.sort", TextOf("a", "x\n", 4, 1, "cut at 2 of 4 bytes")) == "x\n… cut at 2 of 4 bytes\n"


def test_a_regex_match_is_highlighted_too() -> None:
    value = Matches("d.f", (Hit("a.py", 1, "def f"),), (), 1)
    assert "\x1b[1;31mdef\x1b[0m f" in to_ansi(render("file.search", value, width=80, now=NOW), width=80)


def test_a_regex_that_could_take_for_ever_is_not_tried_again() -> None:
    started = time.perf_counter()
    hits = (Hit("a", 1, "a" * 250 + "b"),)
    for pattern in ("(a+)+$", "(a|aa)*c", "a*a*a*a*a*c", "(x?){250}", "\\1" * 9):
        assert "a" in shown("file.search", Matches(pattern, hits, (), 1))
    assert time.perf_counter() - started < 2


def test_an_empty_answer_says_so() -> None:
    assert shown("file.list", Listing("src", (), 0)) == "nothing in src\n"
    assert shown("file.find", Listing("src", (), 0)) == "nothing found\n"
    assert shown("file.search", Matches("x", (), (), 0)) == "no line contains 'x'\n"
    assert shown("file.read", TextOf("a", "", 0)) == "(empty)\n"
    assert shown("file.mkdir", Changed(())) == "nothing to change\n"


def test_a_time_no_calendar_knows_is_shown_as_a_number() -> None:
    for when in (1e300, -1e300, float("nan"), float("inf")):
        assert "x" in shown("file.list", Listing(".", (Entry("x", "file", 1, when),), 1), 120)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "now"), (59, "59 s ago"), (61, "1 min ago"), (7_300, "2 h ago"), (86_400, "1 day ago"),
     (86_400 * 70, "2 months ago"), (-130, "in 2 min")],
)  # fmt: skip
def test_times_are_relative_in_the_largest_unit(seconds: int, words: str) -> None:
    assert ago(NOW - seconds, NOW) == words


def test_a_tree_with_impossible_depths_is_still_drawn() -> None:
    entries = (Entry("a", "file", 1, NOW, depth=60), Entry("b", "file", 1, NOW, depth=-3))
    assert shown("file.tree", Listing("t", entries, 2)) == "t\n├── a\n└── b\n"


def test_windows_line_ends_are_noted_and_a_diff_shows_them() -> None:
    assert shown("file.read", TextOf("a", "x\r\ny\r\n", 6)) == "x\ny\nlines end in CR LF\n"
    assert "+y\\r" in shown("file.diff", Diff("a", "b", False, "--- a\n+++ b\n@@ -1 +1 @@\n-y\n+y\r\n", 1, 1))


def test_an_error_is_one_line_and_says_who_moves_next() -> None:
    line = SGR.sub("", to_ansi(failure(NotFound("no file 'x\n\x1b[2J'")), width=200))
    assert line == "ENOENT: no file 'x\\n\\x1b[2J'  (correct it and try again)\n"


def test_every_declared_error_can_be_shown() -> None:
    for kind in every_error():
        assert kind.symbol in str(failure(kind("why")))


def test_plain_text_is_untouched_for_pipes_and_visible_on_a_terminal() -> None:
    value = TextOf("a", "x\x1b[31m\n", 3)
    assert plain(value, is_terminal=False) == "x\x1b[31m\n"
    assert plain(value, is_terminal=True) == "x\\x1b[31m\n"
