"""What the jail's tests share: a world with a secret in it, and patience."""

import os
import select
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = str(Path(__file__).parent)
NOBODY = 65534
PATIENCE_S = 10

Try = Callable[..., str]


@dataclass(frozen=True)
class World:
    """A directory any user can walk, with what a jail is granted and what it is not."""

    root: Path

    @property
    def inside(self) -> str:
        return str(self.root / "inside")

    @property
    def other(self) -> str:
        """A second directory granted for writing."""
        return str(self.root / "other")

    @property
    def library(self) -> str:
        """A directory granted for reading; it holds `page`."""
        return str(self.root / "library")

    @property
    def outside(self) -> str:
        """Not granted, though its modes let everyone in; it holds `secret`."""
        return str(self.root / "outside")

    @property
    def secret(self) -> str:
        return f"{self.outside}/secret"


def hear(answer: int) -> str:
    """What came through the pipe, waiting at most PATIENCE_S; empty when its other end closed."""
    ready, _, _ = select.select([answer], [], [], PATIENCE_S)
    assert ready, "the jailed process neither answered nor ended"
    return os.read(answer, 4096).decode()
