"""Interactive sessions in the service: shells sit down, leave, come back; one does not feel the other."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from apps.shell.exit_codes import Exit
from apps.shell.service import messages
from kernel.version import VERSION
from tests.e2e.program import Program
from tests.serve.serving import Serving
from tests.serve.visiting import Terminal, Visitor

SLEEP = "!sleep 60"


@pytest.fixture
def visitor(shared: Serving) -> Iterator[Visitor]:
    with Visitor(shared) as found:
        yield found


def seats(serving: Serving) -> dict[str, messages.Seat]:
    with serving.connect() as talk:
        talk.send(messages.Hello(VERSION))
        talk.send(messages.State())
        condition = talk.rest()[-1]
    assert isinstance(condition, messages.Condition)
    return {seat.session_id: seat for seat in condition.seats}


def until_free(serving: Serving, session: str) -> None:
    while seats(serving)[session].pid:
        pass


def test_a_line_is_carried_out_and_its_value_drawn(visitor: Visitor) -> None:
    visitor.types(":file.read a.txt")
    visitor.until_drawn("hello\nworld")
    visitor.leaves()
    assert "jail" in visitor.drawn and "/detach" in visitor.drawn


def test_an_approval_travels_and_no_means_no(shared: Serving, visitor: Visitor) -> None:
    target = shared.aosh.workspace / "precious.txt"
    target.write_text("x")
    visitor.types(":file.delete precious.txt")
    asked = visitor.until(messages.Press)
    assert "file.delete paths=" in " ".join(visitor.drawn.split()), "what is asked about is shown first"
    assert {"y", "n", "e"} <= set(asked.keys)
    visitor.reply(asked, "n")
    visitor.until_drawn("you said no")
    assert target.exists()
    visitor.types(":file.delete precious.txt")
    late = messages.Press(asked.number, "", {}, "")
    visitor.reply(late, "y")
    visitor.reply(visitor.until(messages.Press), "such a key is not offered")
    visitor.until_drawn("EDENIED")
    assert target.exists(), "an old answer and one that was not offered are no yes"
    visitor.types(":file.delete precious.txt")
    visitor.reply(visitor.until(messages.Press), "y")
    visitor.until_drawn("undo with /undo")
    assert not target.exists()
    visitor.leaves()


def test_what_goes_on_is_left_and_come_back_to(shared: Serving) -> None:
    with Visitor(shared) as first:
        first.types("!sh -c 'echo begun; sleep 60'")
        first.until_drawn("begun")
        first.talk.send(messages.Detach())
        assert first.until(messages.Detached).is_busy
    session = first.session
    assert seats(shared)[session].doing == "tool.exec"
    with Visitor(shared, session) as second:
        assert second.until(messages.Busy).text == "tool.exec"
        second.until_drawn("you left")
        second.talk.send(messages.Interrupt())
        second.until_drawn("stopped")
        second.leaves()
    assert session not in seats(shared)


def test_what_is_shown_meanwhile_is_shown_to_who_comes_back(shared: Serving) -> None:
    with Visitor(shared) as first:
        first.types("!sleep 0.5")
        first.until(messages.Busy)
        first.talk.send(messages.Detach())
        first.until(messages.Detached)
    while seats(shared)[first.session].doing:
        pass
    with Visitor(shared, "-") as second:
        assert second.session == first.session
        second.until(messages.Read)
        assert "you left" in second.drawn
        assert "since then" in second.drawn, second.drawn


def test_a_question_waits_for_who_comes_back(shared: Serving) -> None:
    target = shared.aosh.workspace / "asked.txt"
    target.write_text("x")
    with Visitor(shared) as first:
        first.types(":file.delete asked.txt")
        first.until(messages.Press)
        first.talk.send(messages.Detach())
        first.until(messages.Detached)
    assert seats(shared)[first.session].doing == "waits for an answer"
    assert target.exists()
    with Visitor(shared, first.session) as second:
        second.reply(second.until(messages.Press), "y")
        second.leaves()
    assert not target.exists()


def test_a_shell_that_vanishes_stops_what_is_under_way_and_its_session_waits(shared: Serving) -> None:
    target = shared.aosh.workspace / "kept.txt"
    target.write_text("x")
    with Visitor(shared) as first, Visitor(shared) as other:
        other.types("!sh -c 'sleep 1; echo mine'")
        first.types(":file.delete kept.txt")
        first.until(messages.Press)
        first.talk.sock.close()
        until_free(shared, first.session)
        other.until_drawn("mine")
        other.leaves()
    with Visitor(shared, first.session) as again:
        again.until(messages.Read)
        again.talk.send(messages.Replied(99, "y"))
        assert "stopped" in again.drawn
    assert target.exists(), "what was asked is no longer a question"


def test_two_shells_stop_only_their_own(shared: Serving) -> None:
    with Visitor(shared) as one, Visitor(shared) as two:
        one.types(SLEEP)
        two.types("!sh -c 'echo begun; sleep 1; echo over'")
        one.until(messages.Busy)
        two.until_drawn("begun")
        one.talk.send(messages.Interrupt())
        one.until_drawn("stopped")
        two.until_drawn("over")
        one.leaves()
        two.leaves()


def test_a_seat_is_for_one_and_only_one_that_is_there(shared: Serving, visitor: Visitor) -> None:
    visitor.until(messages.Read)
    with Visitor(shared, visitor.session) as second:
        assert isinstance(second.first, messages.Failed)
        assert f"process {seats(shared)[visitor.session].pid} sits at" in second.first.message
    with Visitor(shared, "0123456789ab") as third:
        assert isinstance(third.first, messages.Failed)
        assert "no session '0123456789ab'" in third.first.message


BAD: list[dict[str, Any]] = [{"cwd": "/etc"}, {"mode": "everything"}, {"hosts": ("127.0.0.1",)}]


@pytest.mark.parametrize("changed", BAD, ids=lambda changed: next(iter(changed)))
def test_its_settings_are_checked_like_those_of_a_request(shared: Serving, changed: dict[str, Any]) -> None:
    with Visitor(shared, **changed) as refused:
        assert isinstance(refused.first, messages.Failed)
        assert refused.first.code == Exit.CONFIG


def test_a_session_gets_the_mode_it_asked_for_and_may_go_to_the_next(shared: Serving) -> None:
    with Visitor(shared, mode="plan") as plan:
        plan.types(":file.mkdir no")
        plan.until_drawn("EDENIED")
        read = plan.until(messages.Read)
        plan.talk.send(messages.Cycle())
        assert plan.until(messages.Bar).text.startswith("ask ·")
        plan.reply(read, ":file.mkdir yes")
        plan.reply(plan.until(messages.Press), "y")
        plan.until_drawn("created")
        plan.leaves()


def test_names_that_are_no_text_end_nothing(shared: Serving, visitor: Visitor) -> None:
    folder = os.fsencode(shared.aosh.workspace)
    with open(folder + b"/odd\xff.txt", "wb") as odd:
        odd.write(b"x")
    visitor.types(":file.list")
    visitor.until_drawn("odd\\xff.txt")
    visitor.types("""!sh -c 'touch "$(printf "new\\\\377")"'""")
    visitor.until_drawn("undo with /undo")
    assert "new\\xff" in visitor.until(messages.Bar).text
    visitor.types("/undo")
    visitor.until_drawn("undo done")
    visitor.leaves()
    os.unlink(folder + b"/odd\xff.txt")


def test_nothing_runs_outside_that_was_not_typed_there(visitor: Visitor) -> None:
    visitor.types("!!echo hi")
    outside = visitor.until(messages.Outside)
    visitor.reply(outside, "", 3)
    visitor.until_drawn("exit status 3")
    visitor.leaves()


def test_words_travel_as_they_are_written(aosh: Program) -> None:
    words = "one two three four five six"
    script = aosh.base / "answers.jsonl"
    script.write_text(json.dumps({"calls": [], "text": words, "done": True}) + "\n")
    aosh.mind = f"answers:{script}"
    with Serving(aosh) as serving, Visitor(serving) as visitor:
        visitor.types("count")
        parts = ""
        while "six" not in parts:
            drawn = visitor.until(messages.Draw)
            parts += drawn.text if drawn.is_part else ""
        assert parts.strip() == words, "each word once, and none of them in a line of its own"
        ran = aosh.run("--output-format", "stream-json", "-p", "count")
    deltas = [event["delta"] for event in ran.events if event["type"] == "message"]
    assert len(deltas) > 3 and "".join(deltas) == words


@pytest.mark.slow
def test_at_a_terminal_a_session_is_left_and_come_back_to(shared: Serving) -> None:
    aosh = shared.aosh
    with Terminal(aosh) as first:
        first.sees("aosh>")
        first.types(":file.read a.txt\r", "world")
        first.types("!!tty; exit 3\r", "exit status 3")
        first.types(b":file.read a\xff.txt\r", "no text; expected UTF-8")
        first.types("\r", "world")
        first.types(SLEEP + "\r", "sleep 60\n")
        first.sees("Ctrl-Z leaves it running")
        first.types("\x1a", "comes back")
        assert first.ended() == 0
    with Terminal(aosh, "attach") as third:
        third.sees("you left")
        third.sees("Ctrl-C stops it")
        third.types("\x03", "stopped")
        third.types("/detach\r", "it waits")
        assert third.ended() == 0


def test_a_shell_whose_service_dies_goes_on_alone_with_what_was_typed(serving: Serving) -> None:
    aosh: Program = serving.aosh
    with Terminal(aosh) as shell:
        shell.sees("aosh>")
        assert len(seats(serving)) == 1
        shell.types(":file.read a", "a")
        serving.process.kill()
        shell.sees("goes on alone")
        shell.sees(":file.read a")
        shell.types(".txt\r", "world\n")
        shell.sees("aosh>", after="world\n")  # before a prompt Ctrl-D is an end that nobody reads
        shell.types("\x04", "")
        assert shell.ended() == 0
