"""What the system tells of a process group."""

import os


def group_lives(leader: int) -> bool:
    """Whether any process of it is there, be it a dead one that nobody has waited for."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True
