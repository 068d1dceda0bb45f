"""What a preference settles is read from its words; what they do not name stays as it is."""

import msgspec
import pytest

from syscalls.preferences import is_about_rules, settings_of, taste_of, told
from syscalls.taste import PLAIN, Taste, ago, defaults_of, is_left_open


@pytest.mark.parametrize(
    ("said", "settled"),
    [
        ("always show sizes in MB", {"sizes": "MB"}),
        ("show file sizes in megabytes from now on", {"sizes": "MB"}),
        ("I want sizes in MB, not in bytes", {"sizes": "MB"}),
        ("use MB instead of bytes", {"sizes": "MB"}),
        ("always use binary units", {"sizes": "binary"}),
        ("use ISO dates", {"dates": "iso"}),
        ("show dates as dd.mm.yyyy and use a 24h clock", {"dates": "d.m.y", "clock": "24"}),
        ("I prefer relative dates", {"dates": "relative"}),
        ("use a 12 hour clock", {"clock": "12"}),
        ("always show hidden files", {"hidden": "yes"}),
        ("never list hidden files", {"hidden": "no"}),
        ("stop showing dotfiles", {"hidden": "no"}),
        ("list the newest files first", {"order": "newest"}),
        (
            "show sizes in GiB, hidden files and dates in ISO format",
            {"sizes": "GiB", "hidden": "yes", "dates": "iso"},
        ),
    ],
)
def test_the_words_of_a_preference_settle_what_they_name(said: str, settled: dict[str, str]) -> None:
    assert settings_of(said) == settled
    assert told(settled)


@pytest.mark.parametrize(
    "said",
    [
        "I like tea", "answer in German", "never show sizes in MB", "I have 16 GB of memory", "my birthday is in May",
        "always answer me in two sentences", "", "\x00", "x" * 5000,
    ],
)  # fmt: skip
def test_words_that_name_no_setting_settle_nothing(said: str) -> None:
    assert settings_of(said) == {}


def test_the_newest_word_on_each_setting_holds() -> None:
    taste = taste_of(["sizes in MB please, and ISO dates", "I like tea", "show sizes in bytes"])
    assert taste == Taste(sizes="B", dates="iso")
    assert taste_of([]) == PLAIN


@pytest.mark.parametrize(
    ("unit", "size", "shown"),
    [
        ("", 999, "999 B"), ("", 1_500_000, "1.5 MB"), ("", 999_960, "1.0 MB"), ("", 10**21, "1000.0 EB"),
        ("MB", 1_234_567, "1.23 MB"), ("MB", 12, "0.000012 MB"), ("MB", 0, "0 MB"), ("MB", 10**10, "10,000 MB"),
        ("B", 2_500_000, "2,500,000 B"), ("binary", 1536, "1.5 KiB"), ("GiB", 2**30, "1 GiB"), ("TB", 1, "1.0e-12 TB"),
    ],
)  # fmt: skip
def test_sizes_in_the_unit_that_is_wanted(unit: str, size: int, shown: str) -> None:
    assert msgspec.convert({"sizes": unit}, Taste).size(size) == shown


def test_what_a_request_leaves_open_follows_the_taste_and_nothing_else_does() -> None:
    wanted = defaults_of(Taste(hidden="yes", order="newest"))
    assert wanted["file.list"] == {"hidden": True, "order": "newest"}
    assert wanted["file.tree"] == {"hidden": True}
    assert defaults_of(PLAIN) == {}
    assert not is_left_open("hidden", "list files but not the hidden ones")
    assert is_left_open("order", "list files")


def test_what_may_be_done_is_no_matter_of_preference() -> None:
    assert is_about_rules("never delete anything without asking")
    assert not is_about_rules("always show sizes in MB")


def test_relative_times_have_a_now() -> None:
    assert Taste(dates="relative").when(1000.0, 1000.0 + 3 * 86_400) == "3 days ago"
    assert ago(10.0**20, 0.0) == "?"
