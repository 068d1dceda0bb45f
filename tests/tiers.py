"""The jail the tests' drivers run in: the strongest this machine gives, as in a session."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel.jail.spec import Tier
from kernel.jail.tier import find


@cache
def best() -> Tier:
    """Tried once for all tests."""
    with TemporaryDirectory() as folder:
        return find(Path(folder)).start
