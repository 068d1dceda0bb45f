"""Requests for files by what they mean, and those that only look like one."""

import pytest

from kernel.reader.meaning import asks_by_meaning, document_calls
from syscalls.built_in import BUILT_IN

CALLS = {call.name: call for call in BUILT_IN}


@pytest.mark.parametrize(
    ("request_", "text", "path"),
    [
        ("find the note about the dentist", "the dentist", None),
        ("Which document talks about the rent?", "the rent", None),
        ("which of my notes is about the boiler?", "the boiler", None),
        ("where did I write about the boiler?", "the boiler", None),
        ("is there a file about the visa?", "the visa", None),
        ("find me the letter in which I wrote about the late train", "the late train", None),
        ("please find the pdf about taxes in money/", "taxes", "money"),
        ("find the note about taxes in the folder money", "taxes", "money"),
        ("do I have a note on roses", "roses", None),
    ],
)
def test_a_subject_is_asked_for(request_: str, text: str, path: str | None) -> None:
    wanted = {"text": text} | ({"path": path} if path else {})
    assert asks_by_meaning(request_) == wanted


@pytest.mark.parametrize(
    "request_",
    [
        "find the file notes.txt", "find files about 10 MB", "which files are on disk", "search for TODO in src",
        "which files contain TODO", "show me the recipe for soup", "what is this file about", "find the biggest files",
        "find the note about\nthe dentist", "find the note about it",
    ],
)  # fmt: skip
def test_names_sizes_and_words_are_not_subjects(request_: str) -> None:
    assert asks_by_meaning(request_) is None
    assert document_calls(request_, CALLS) == []


@pytest.mark.parametrize(
    ("request_", "name", "arguments"),
    [
        ("search my files for the dentist by meaning", "doc.find", {"text": "the dentist"}),
        ("search my notes by meaning for holidays in Portugal", "doc.find", {"text": "holidays in Portugal"}),
        ("find files about photosynthesis by meaning", "doc.find", {"text": "photosynthesis"}),
        ("index this folder", "doc.index", {}),
        ("index the folder notes", "doc.index", {"path": "notes"}),
        ("make this folder searchable by meaning", "doc.index", {}),
        ("which folders are indexed?", "doc.status", {}),
    ],
)
def test_what_says_so_needs_no_index(request_: str, name: str, arguments: dict[str, str]) -> None:
    ((call, found),) = document_calls(request_, CALLS)
    assert (call.name, found) == (name, arguments)
