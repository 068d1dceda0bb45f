"""Requests for later: the time apart, the rest understood now."""

import pytest

from kernel.reader.names import Name, Names
from kernel.reader.reader import Reader
from syscalls import file, sched, tool

MENU = [call for call in (*file.CALLS, *tool.CALLS, *sched.CALLS) if not call.is_hidden]
NAMES = Names((Name("notes", True), Name("a.txt", False), Name("jobs", True), Name("todo.txt", False)))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(MENU)


@pytest.mark.parametrize(
    ("said", "name", "arguments"),
    [
        ("every weekday at 9 back up notes to b", "sched.every", {"when": "every weekday at 9", "what": "back up notes to b"}),
        ("copy a.txt to b.txt every day", "sched.every", {"when": "every day", "what": "copy a.txt to b.txt"}),
        ("remind me at 5pm to water the plants", "sched.at", {"when": "at 5pm", "say": "water the plants"}),
        ("remind me to call the dentist tomorrow", "sched.at", {"when": "tomorrow", "say": "call the dentist"}),
        ("remind me every day at 8 to stretch", "sched.every", {"when": "every day at 8", "say": "stretch"}),
        ("tomorrow at noon remind me to eat", "sched.at", {"when": "tomorrow at noon", "say": "eat"}),
        ("remind me at 5 to water the plants", "sched.at", {"when": "at 5", "say": "water the plants"}),
        ("wake me up in 20 minutes", "sched.at", {"when": "in 20 minutes", "say": "wake up"}),
        ("set an alarm for 7 am", "sched.at", {"when": "7 am", "say": "alarm"}),
        ("set a timer for 10 minutes", "sched.at", {"when": "in 10 minutes", "say": "time is up"}),
        ("in 20 minutes run make report", "sched.at", {"when": "in 20 minutes", "what": "!make report"}),
        ("in 3 seconds say tea is ready", "sched.at", {"when": "in 3 seconds", "say": "tea is ready"}),
        ("say tea is ready in 3 seconds", "sched.at", {"when": "in 3 seconds", "say": "tea is ready"}),
        ("please say \"see you at 5\" in 10m", "sched.at", {"when": "in 10m", "say": "see you at 5"}),
        ("in 1 hour and 30 minutes tell me to go home", "sched.at", {"when": "in 1 hour and 30 minutes", "say": "go home"}),
        ("in fifteen minutes say 'lunch'", "sched.at", {"when": "in fifteen minutes", "say": "lunch"}),
        ("every hour say stretch", "sched.every", {"when": "every hour", "say": "stretch"}),
        ("an hour from now let me know that it closes", "sched.at", {"when": "an hour from now", "say": "it closes"}),
        ("list files after 10 minutes", "sched.at", {"when": "after 10 minutes", "what": "list files"}),
        ("every 0 seconds list files", "sched.every", {"when": "every 0 seconds", "what": "list files"}),
        ("what is scheduled?", "sched.list", {}),
        ("list my reminders", "sched.list", {}),
        ("cancel the backup job", "sched.cancel", {"job": "backup"}),
        ("stop the backup job", "sched.stop", {"job": "backup"}),
        ("kill my nightly backup job", "sched.stop", {"job": "nightly backup"}),
        ("pause my backup job", "sched.pause", {"job": "backup"}),
        ("run the backup job now", "sched.run_now", {"job": "backup"}),
    ],
)  # fmt: skip
def test_a_request_for_later_is_parted_into_time_and_rest(
    reader: Reader, said: str, name: str, arguments: dict[str, str]
) -> None:
    (reading,) = reader.read(said, NAMES)
    assert reading.wording is not None
    assert (reading.wording.call.name, reading.binding.arguments) == (name, arguments)
    assert reading.sureness >= 0.7
    assert not reading.leftover


@pytest.mark.parametrize(
    "said",
    [
        "append call mom tomorrow to todo.txt",
        "what day is it tomorrow?",
        "every friday at 5 frobnicate the flux",
        "save 'see you on monday' as todo.txt",
        "show jobs",
        "find files modified today",
        "create a folder called tomorrow",
        "copy a.txt to monday",
        "remind me",
        "remind me to eat",
        "delete the backup job",
    ],
)
def test_nothing_is_scheduled_where_no_time_or_no_rest_is_understood(reader: Reader, said: str) -> None:
    for reading in reader.read(said, NAMES):
        assert reading.wording is None or reading.wording.call.area != "sched", reading
