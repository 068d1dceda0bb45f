"""Words for time against an injected clock and zone."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from kernel.times.find import find_time
from kernel.times.ranges import read_duration, read_range
from kernel.times.recurrences import Recurrence, on_the_clock
from kernel.times.resolve import resolve

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 11, 20, 21, 30, tzinfo=BERLIN)  # a Friday


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("every weekday at 9", "many", "every Monday to Friday at 09:00, next Mon 23 Nov 2026 09:00"),
        ("every monday to friday at 09:00", "many", "every Monday to Friday at 09:00, next Mon 23 Nov 2026 09:00"),
        ("every 2 hours until sunday", "many", "every 2 hours, until Sun 22 Nov 2026, next Fri 20 Nov 2026 23:30"),
        ("the last friday of the month", "many", "every month on the last Friday at 09:00, next Fri 27 Nov 2026 09:00"),
        ("every 31st at 8am", "many", "every month on the 31st at 08:00, next Thu 31 Dec 2026 08:00"),
        ("every night at 11", "many", "every day at 23:00, next Fri 20 Nov 2026 23:00"),
        ("daily at noon", "many", "every day at 12:00, next Sat 21 Nov 2026 12:00"),
        ("every year on feb 29", "many", "every year on the 29th of February at 09:00, next Tue 29 Feb 2028 09:00"),
        ("every half hour", "many", "every 30 minutes, next Fri 20 Nov 2026 22:00"),
        ("in 20 minutes", "once", "Fri 20 Nov 2026 21:50"),
        ("in 2 and a half hours", "once", "Sat 21 Nov 2026 00:00"),
        ("tomorrow at noon", "once", "Sat 21 Nov 2026 12:00"),
        ("next tuesday at quarter to 6 pm", "once", "Tue 24 Nov 2026 17:45"),
        ("feb 29", "once", "Tue 29 Feb 2028 09:00"),
        ("tonight at 11", "once", "Fri 20 Nov 2026 23:00"),
        ("the day after tomorrow at 7:30am", "once", "Sun 22 Nov 2026 07:30"),
    ],
)  # fmt: skip
def test_words_become_moments_and_are_shown_in_full(said: str, kind: str, words: str) -> None:
    when = resolve(said, NOW, BERLIN)
    assert (when.kind, when.words) == (kind, words)


def test_weekdays_left_out_are_left_out_for_good() -> None:
    when = resolve("every day except sunday at 9", NOW, BERLIN)
    assert when.words == "every Monday to Saturday at 09:00, next Sat 21 Nov 2026 09:00"


@pytest.mark.parametrize("said", ["every friday the 13th", "every hour on the hour"])
def test_what_the_library_misreads_is_not_guessed(said: str) -> None:
    assert resolve(said, NOW, BERLIN).kind == "none"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("2026-12-01 09:15", "Tue 1 Dec 2026 09:15"),
        ("2026-12-01T09:15", "Tue 1 Dec 2026 09:15"),
        ("fri 17h", "Fri 27 Nov 2026 17:00"),
        ("tonight at half past ten", "Fri 20 Nov 2026 22:30"),
    ],
)
def test_a_moment_told_plainly_is_not_asked_about(said: str, words: str) -> None:
    when = resolve(said, NOW, BERLIN)
    assert (when.kind, when.words) == ("once", words)


@pytest.mark.parametrize("said", ["at 5", "every first and third friday at 8:30", "every last friday"])
def test_what_is_ambiguous_is_asked(said: str) -> None:
    assert resolve(said, NOW, BERLIN).kind == "unclear"


def test_both_halves_of_the_day_are_offered() -> None:
    assert [each.hour for each in resolve("at 5", NOW, BERLIN).candidates] == [5, 17]


@pytest.mark.parametrize(
    "said",
    [
        "yesterday at 5",
        "tonight at half past nine",
        "3 days ago",
        "march 3 2015",
        "every day until march 3 2015",
    ],
)
def test_what_has_passed_is_refused(said: str) -> None:
    when = resolve(said, NOW, BERLIN)
    assert when.kind == "past" and said in when.words


@pytest.mark.parametrize(
    "said",
    [
        "lunch",
        "30 feb",
        "at 25:00",
        "march against war",
        "every good boy",
        "Rat 6",
        "5",
        "",
        "every 0 seconds",
        "in " + "9" * 30 + " years",
    ],
)
def test_what_is_no_time_is_none(said: str) -> None:
    assert resolve(said, NOW, BERLIN).kind == "none"


def test_an_hour_that_summer_time_skips_happens_when_the_clock_has_jumped() -> None:
    assert on_the_clock(dt.datetime(2026, 3, 29, 2, 30), BERLIN).isoformat() == "2026-03-29T03:00:00+02:00"


def test_an_hour_that_comes_twice_happens_once_the_first_time() -> None:
    rule = Recurrence("FREQ=DAILY;INTERVAL=1;BYHOUR=2;BYMINUTE=30;BYSECOND=0", "2026-10-20T00:00:00")
    first = rule.after(dt.datetime(2026, 10, 25, 0, 0, tzinfo=BERLIN), BERLIN)
    assert first is not None and first.isoformat() == "2026-10-25T02:30:00+02:00"
    second = rule.after(first.astimezone(dt.UTC), BERLIN)
    assert second is not None and second.isoformat() == "2026-10-26T02:30:00+01:00"


def test_every_two_hours_is_real_time_across_the_change() -> None:
    rule = Recurrence("FREQ=HOURLY;INTERVAL=2", "2026-10-25T00:00:00")
    found = rule.after(dt.datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN), BERLIN)
    assert found is not None
    after = rule.after(found, BERLIN)
    assert after is not None
    assert after.astimezone(dt.UTC) - found.astimezone(dt.UTC) == dt.timedelta(hours=2)


def test_lengths_and_stretches() -> None:
    assert read_duration("an hour and 15 minutes") == dt.timedelta(minutes=75)
    assert read_duration("3 months") is None
    week = read_range("next week", NOW)
    assert week is not None and (week.start.day, week.end.day) == (23, 30)
    slot = read_range("between 3 and 5 pm", NOW)
    assert slot is not None and (slot.start.hour, slot.end.hour) == (15, 17)


@pytest.mark.parametrize(
    ("request_", "phrase", "rest"),
    [
        ("every weekday at 9 back up notes to backup", "every weekday at 9", "back up notes to backup"),
        ("in 20 minutes run make report", "in 20 minutes", "run make report"),
        ("tomorrow at noon delete tmp", "tomorrow at noon", "delete tmp"),
        ("remind me to call the dentist tomorrow", "tomorrow", "remind me to call the dentist"),
    ],
)
def test_a_request_is_parted_from_its_time(request_: str, phrase: str, rest: str) -> None:
    found = find_time(request_, NOW, BERLIN)
    assert found is not None and (found.phrase, found.rest) == (phrase, rest)


@pytest.mark.parametrize(
    "said", ["delete the march report", "list files in src", "copy may.txt to sun", "find 5 at home"]
)
def test_a_request_without_a_time_keeps_all_its_words(said: str) -> None:
    assert find_time(said, NOW, BERLIN) is None
