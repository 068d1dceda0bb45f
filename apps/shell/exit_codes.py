"""The exit codes by name, free of the kernel: a client of the service loads nothing more."""

from enum import IntEnum


class Exit(IntEnum):
    """Why the program ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNAUTHORISED = 41
    INPUT = 42
    JAIL = 44
    DENIED = 45
    LABELS = 46
    BUDGET = 47
    NOT_UNDERSTOOD = 48
    CONFIG = 52
    TURNS = 53
    FATAL = 54
    TIMEOUT = 124
    SIGINT = 130
    SIGTERM = 143
