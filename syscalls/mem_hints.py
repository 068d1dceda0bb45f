"""How people ask for what is remembered. The reader takes these by form (`kernel.reader.remember`), not by likeness."""

from syscalls.declare import Example as E
from syscalls.declare import Hint

STORE = (
    Hint(
        tool="remember",
        cue=r"(?!)",
        says="Remember a fact for later.",
        slots={"text": "the fact"},
        needs=("text",),
        triggers=("remember that", "keep in mind", "don't forget that"),
        examples=(
            E(
                "remember that the staging server is at 10.0.0.5",
                {"text": "the staging server is at 10.0.0.5"},
            ),
            E("keep in mind that Anna is on holiday in May", {"text": "Anna is on holiday in May"}),
        ),
    ),
)
RECALL = (
    Hint(
        tool="recall",
        cue=r"(?!)",
        says="Recall what was remembered.",
        slots={"text": "the question"},
        needs=("text",),
        triggers=("what do you know about", "do you remember"),
        examples=(E("what do you know about the staging server?", {"text": "the staging server"}),),
    ),
)
LIST = (
    Hint(
        tool="memories",
        cue=r"(?!)",
        says="List all that is remembered.",
        triggers=("what do you know about me", "what do you remember"),
        examples=(E("what do you know about me?"),),
    ),
)
FORGET = (
    Hint(
        tool="forget",
        cue=r"(?!)",
        says="Forget something remembered.",
        slots={"about": "what it is about"},
        needs=("about",),
        triggers=("forget about",),
        examples=(E("forget the staging server", {"about": "the staging server"}),),
    ),
)
