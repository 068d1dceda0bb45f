"""What a promise is: a sentence, and the test that holds it."""

from typing import NamedTuple


class Promise(NamedTuple):
    """One invariant."""

    text: str
    """What always holds, in one sentence."""
    held_by: str
    """`file::test`, beneath `tests/`."""
