"""The table of a cascade: what each level handled, how well and how long."""

from evals.everyday import Trace, kind_of, levels
from evals.score import Verdict
from kernel.minds.port import Drafted


def trace(level: str, kind: str, seconds: float, *, right: bool = True, acted: bool = True) -> Trace:
    verdict = Verdict("x", "single", "dev", acted, right, False, "")
    return Trace(verdict, "words", 0.9, [], seconds, 0.0, False, level, kind, 100)


def test_each_level_shows_its_share_its_accuracy_and_its_time() -> None:
    traces = [
        trace("small", "look", 0.1),
        trace("small", "change", 0.3, right=False),
        trace("small", "change", 0.2, acted=False, right=False),
        trace("large", "", 2.0),
    ]
    head, *rows = (line.split() for line in levels(traces))
    assert head[:3] == ["level", "draft", "cases"]
    assert rows == [
        ["large", "all", "1", "25%", "1/1", "2.000", "2.000", "100"],
        ["no", "call", "1", "25%", "1/1", "2.000", "2.000", "100"],
        ["small", "all", "3", "75%", "1/2", "0.200", "0.300", "100"],
        ["look", "1", "25%", "1/1", "0.100", "0.100", "100"],
        ["change", "2", "50%", "0/1", "0.250", "0.300", "100"],
    ]
    assert not list(levels([trace("", "look", 0.1)])), "a mind alone has no levels"


def test_a_draft_is_as_grave_as_its_gravest_call() -> None:
    look, write, delete = (Drafted(f"file.{verb}", {}, 1.0) for verb in ("read", "write", "delete"))
    assert [kind_of(each) for each in ((), (look,), (look, write), (write, delete, look))] == [
        "", "look", "change", "irreversible",
    ]  # fmt: skip
