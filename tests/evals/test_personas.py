"""The personas' measure: whole words count, every way searches the same store, a model answers from what was recalled."""

import json
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="needs the extra `memory`")

from evals.memory import main
from evals.personas import is_right


def test_an_answer_is_right_as_whole_words_whatever_its_capitals() -> None:
    assert is_right("It is CS 2631.", ("2631",))
    assert is_right("advanced algorithms!", ("Advanced Algorithms",))
    assert not is_right("It takes 16 weeks", ("1", "One"))
    assert not is_right("anyone", ("one",))


def test_the_command_measures_recall_and_a_models_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = [
        "My favorite class is Advanced Algorithms.",
        "I live in Maine with my dog.",
        "On Saturdays I lift weights.",
    ]
    talk = {"id": "t", "question": [[{"role": "user", "content": text}] for text in told]}
    (tmp_path / "memory_student.jsonl").write_text(json.dumps(talk))
    question = {
        "question": [[{"role": "user", "content": "What is my favorite class?"}]], "scenario": "student",
        "answer": {"ground_truth": ["Advanced Algorithms"]},
    }  # fmt: skip
    (tmp_path / "memory_questions.jsonl").write_text(json.dumps(question))
    (tmp_path / "answers.jsonl").write_text('"Advanced Algorithms"\n"I do not know"\n"algorithms"\n')
    arguments = [
        "--part",
        "personas",
        "--personas",
        str(tmp_path),
        "--mind",
        f"answers:{tmp_path}/answers.jsonl",
    ]
    assert main(arguments) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].startswith("1 questions")
    assert all("1/1" in row for row in rows[1:4])
    assert [row.split()[0] + row.split()[-1] for row in rows[-3:]] == ["aosh1/1", "BM250/1", "vector0/1"]
    with pytest.raises(SystemExit):
        main(["--part", "personas", "--personas", str(tmp_path / "none")])
