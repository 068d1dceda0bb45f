"""The rules of `docs/policy.md` are rules, and their examples come out as printed there."""

import re
from pathlib import Path

from tests.e2e.program import Program

PAGE = Path(__file__).parents[2] / "docs/policy.md"


def test_the_example_of_the_tutorial_checks(aosh: Program, tmp_path: Path) -> None:
    (code,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "mine.toml"
    file.write_text(code)
    ran = aosh.run("policy", "check", str(file))
    assert ran.code == 0, ran
    assert "6 examples, 0 of them otherwise than expected" in ran.out


def test_a_wrong_expectation_in_it_would_show(aosh: Program, tmp_path: Path) -> None:
    (code,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "mine.toml"
    file.write_text(code.replace('verdict = "ask"', 'verdict = "allow"'))
    ran = aosh.run("policy", "check", str(file))
    assert (ran.code, ran.out.count("WRONG")) == (1, 2)
