"""How people ask for files by what they mean."""

from syscalls.declare import Example as E
from syscalls.declare import Hint

FIND = (
    Hint(
        tool="find_by_meaning",
        says="Find files that speak of something, by meaning.",
        slots={"text": "what they speak of"},
        needs=("text",),
        cue=r"\b(?:by|in) meaning\b|\bsemantic",
        triggers=("by meaning", "semantically", "semantic search"),
        examples=(
            E("search my files for the dentist by meaning", {"text": "the dentist"}),
            E("find the contract about the flat by meaning", {"text": "the contract about the flat"}),
        ),
    ),
)
INDEX = (
    Hint(
        tool="index_folder",
        says="Let a folder be searched by meaning.",
        slots={"path": "folder"},
        cue=r"\bindex\b|\bby meaning\b",
        triggers=("index this folder", "make searchable by meaning"),
        examples=(E("index the folder notes", {"path": "notes"}),),
    ),
)
STATUS: tuple[Hint, ...] = ()
FORGET: tuple[Hint, ...] = ()
