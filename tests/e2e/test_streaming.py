"""Words and calls as they happen: `--output-format stream-json` with a language model's answers."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.program import Program, Ran

CALLS = [{"name": "file.read", "arguments": {"path": path}} for path in ("b.txt", "a.txt")]
READ = {"calls": CALLS[:1], "text": "Let me look.", "done": False}
READ_A = {"calls": CALLS[1:], "text": "", "done": False}
WORDS = {"calls": [], "text": "They say hello [1] and beta [0], twice [1].", "done": True}


def answering(base: Path, *answers: dict[str, Any]) -> Program:
    """A program whose language model gives these answers."""
    program = Program(base)
    program.workspace.mkdir(exist_ok=True)
    for name, text in (("a", "hello\n"), ("b", "beta\n")):
        program.workspace.joinpath(f"{name}.txt").write_text(text, encoding="utf-8")
    script = base / "answers.jsonl"
    script.write_text("".join(json.dumps(each) + "\n" for each in answers), encoding="utf-8")
    program.mind = f"answers:{script}"
    return program


def said(ran: Ran, *, asides: bool = False) -> list[str]:
    """The mind's words, as a reader puts them together."""
    found: list[str] = []
    for event in ran.events:
        if event["type"] == "message" and event["is_aside"] == asides:
            if event["is_anew"]:
                found.clear()
            found.append(event["delta"])
    return found


def test_the_answer_is_what_was_streamed_with_its_citations(tmp_path: Path) -> None:
    aosh = answering(tmp_path, READ, READ_A, WORDS)
    ran = aosh("what do they say?", "--output-format", "stream-json")
    words = said(ran)
    assert len(words) > 6, "word by word"
    result = ran.events[-1]
    assert "".join(words) == result["result"].rstrip("\n")
    assert result["result"].startswith("They say hello [1] and beta [2], twice [1].\n[1] file.read path=")
    assert said(ran, asides=True) == ["Let me look."]
    assert result["usage"]["prompt_tokens"] > result["usage"]["cached_tokens"] > 0
    assert result["usage"]["tokens"] > result["usage"]["prompt_tokens"]


def test_a_call_begins_after_it_was_asked_for_and_before_it_is_done(tmp_path: Path) -> None:
    both = {**READ, "calls": CALLS}
    ran = answering(tmp_path, both, WORDS)("look", "--output-format", "stream-json")
    steps = [(event["type"], event["id"]) for event in ran.events if event["type"].startswith("syscall.")]
    assert steps == [
        (f"syscall.{what}", number)
        for what, numbers in (("requested", "12"), ("started", "12"), ("completed", "12"))
        for number in numbers
    ]
    refused = answering(tmp_path, {"calls": [{"name": "file.delete", "arguments": {"paths": ["a.txt"]}}]})
    kinds = [event["type"] for event in refused("delete it", "--output-format", "stream-json").events]
    assert "syscall.requested" in kinds and "syscall.started" not in kinds


def test_what_a_turn_took_of_the_model_is_told_when_asked_for(tmp_path: Path) -> None:
    ran = answering(tmp_path, READ, WORDS)("look", "-v")
    lines = [line for line in ran.err.splitlines() if "tokens" in line]
    assert len(lines) == 2
    assert "from its prefix cache" in lines[1] and "wrote" in lines[1]
