"""Files by meaning through the whole program: jailed driver and parser, the real model, the gate."""

import json
from pathlib import Path

import pytest

from tests.documents import making
from tests.e2e.program import Program

pytest.importorskip("pypdf")
pytest.importorskip("docx")


def places(out: str) -> list[str]:
    return [each["path"] for each in json.loads(out)["items"]]


def test_files_are_found_by_what_they_mean_and_never_by_what_they_said(aosh: Program) -> None:
    (aosh.workspace / "tuesday.txt").write_text("Doctor Molar fills the cavity in my tooth on Tuesday.\n")
    (aosh.workspace / "flat.pdf").write_bytes(making.pdf("The landlord asks for 900 a month from May on."))
    (aosh.workspace / "soup.docx").write_bytes(making.docx("Soup", "Cook the lentils for twenty minutes."))
    (aosh.workspace / ".env").write_text("DENTIST_TOKEN=1\n")
    assert aosh(":doc.find text=dentist").code == 1
    ran = aosh.run("index", "--json")
    assert ran.code == 0, ran.err
    assert (
        places(aosh.run("index", "search", "an appointment at the dentist", "--json").out)[0] == "tuesday.txt"
    )
    assert (
        places(aosh.run("index", "search", "what rent do I pay for the flat", "--json").out)[0] == "flat.pdf"
    )
    assert "tuesday.txt" in aosh("find the note about the dentist").out
    (aosh.workspace / "tuesday.txt").rename(aosh.workspace / "moved.txt")
    (aosh.workspace / "flat.pdf").unlink()
    found = places(aosh.run("index", "search", "an appointment at the dentist", "--json").out)
    assert found[0] == "moved.txt" and "flat.pdf" not in found
    assert aosh.run("index", "forget").code == 0
    assert aosh(":doc.find text=dentist").code == 1


def test_no_answer_comes_from_where_the_asker_may_not_read(aosh: Program, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "diary.txt").write_text("the walrus sings")
    assert aosh.run("index", str(other)).code == 0
    assert aosh(":doc.find text=walrus").code == 1
    assert aosh(f":doc.find text=walrus path={other}").code == 45
