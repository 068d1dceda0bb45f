"""What a mind is shown of a long request: never over budget, no number lost, nothing cut blindly, a prefix that stays."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.context.pages import Pages, estimated, size_of
from kernel.minds.port import Exchange


def exchange(number: int, text: str, **arguments: Any) -> Exchange:
    sources = tuple(f"file:/desk/{other}.txt" for other in range(number))
    return Exchange("file.read", arguments or {"path": f"{number}.txt"}, True, text, (), sources, number)


TEXTS = st.lists(st.tuples(st.text(max_size=60), st.integers(1, 400)), min_size=1, max_size=25)


@given(texts=TEXTS, budget=st.integers(64, 3_000))
def test_what_is_shown_never_exceeds_the_budget_whatever_came_back(
    texts: list[tuple[str, int]], budget: int
) -> None:
    pages, so_far = Pages(budget), []
    for number, (text, times) in enumerate(texts):
        so_far.append(exchange(number, text * times, path=text * (times // 50)))
        shown = pages.fitted(so_far)
        assert sum(size_of(each, estimated) for each in shown) <= budget
        numbers = [each.number for each in shown]
        assert numbers == sorted(set(numbers)) and set(numbers) <= set(range(number + 1))
        assert len(shown) + pages.left_out == number + 1


def test_a_large_reply_shows_its_ends_its_size_and_how_to_see_the_rest() -> None:
    text = "".join(f"line {number}\n" for number in range(5_000))
    (shown,) = Pages(2_000).fitted([exchange(0, text)])
    assert shown.text.startswith("line 0\n") and shown.text.endswith("line 4999\n")
    assert f"5001 lines, {len(text)} characters in all" in shown.text
    assert "reply 0 stands for all; file.read with first_line and lines shows a part" in shown.text


def test_a_small_reply_is_shown_as_it_is() -> None:
    small = exchange(0, "alpha\nbeta\n")
    assert Pages(2_000).fitted([small]) == (small,)


def test_over_thirty_steps_old_replies_become_lines_and_the_newest_stays_whole() -> None:
    pages, so_far = Pages(2_400), list[Exchange]()
    shown: tuple[Exchange, ...] = ()
    for number in range(30):
        so_far.append(exchange(number, f"reply {number} begins so\n" + "more\n" * 60))
        shown = pages.fitted(so_far)
        assert shown[-1] == so_far[-1]
    lines = [each for each in shown if "\n" not in each.text]
    assert lines and all(f"reply {each.number} stands for all" in each.text for each in lines)


def test_most_of_a_prompt_is_the_beginning_of_the_next() -> None:
    pages, so_far, before, shares = Pages(8_000), [], "", []
    for number in range(60):
        so_far.append(exchange(number, f"reply {number}\n" + "word\n" * 80))
        text = "".join(msgspec.json.encode(each).decode() for each in pages.fitted(so_far))
        if before:
            shares.append(text.startswith(before))
        before = text
    assert sum(shares) / len(shares) > 0.7


def test_the_next_request_begins_afresh() -> None:
    pages = Pages(600)
    pages.fitted([exchange(number, "word " * 100) for number in range(9)])
    assert pages.left_out
    assert pages.fitted([exchange(0, "alpha")]) == (exchange(0, "alpha"),)


@pytest.mark.parametrize("budget", [-5, 0, 63])
def test_a_budget_too_small_for_anything_still_shows_no_more_than_the_smallest(budget: int) -> None:
    shown = Pages(budget).fitted([exchange(number, "word " * 900) for number in range(9)])
    assert sum(size_of(each, estimated) for each in shown) <= 64
