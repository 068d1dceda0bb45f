"""Exit codes, as scripts know them from other agent shells."""

from apps.shell.exit_codes import Exit
from kernel.call import Ok
from kernel.loop import End, Result
from kernel.request import standing
from syscalls.errors import (
    BudgetSpent,
    Denied,
    DriverDied,
    LabelStop,
    MindFailed,
    NotAuthorised,
    NotPermitted,
    NotUnderstood,
    SysError,
)
from syscalls.tool_values import Ran

__all__ = ["Exit", "exit_of", "exit_of_result"]

_BY_ERROR: tuple[tuple[type[SysError], Exit], ...] = (
    (NotUnderstood, Exit.NOT_UNDERSTOOD),
    (Denied, Exit.DENIED),
    (NotPermitted, Exit.DENIED),
    (LabelStop, Exit.LABELS),
    (BudgetSpent, Exit.BUDGET),
    (DriverDied, Exit.FATAL),
    (NotAuthorised, Exit.UNAUTHORISED),
    (MindFailed, Exit.FAILED),
)


def exit_of(error: SysError) -> Exit:
    """The code for a failure that ended a request."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), Exit.FAILED)


def exit_of_result(result: Result) -> Exit:
    """The code for a request; never 0 after a denial that nothing made up for, or a program that failed."""
    denied = standing(result.replies)
    if denied is not None:
        return exit_of(denied.error)
    if result.error is not None:
        if isinstance(result.error, BudgetSpent) and "turn limit" in str(result.error):
            return Exit.TURNS
        return exit_of(result.error)
    if any(
        isinstance(each, Ok) and isinstance(each.value, Ran) and each.value.is_failed
        for each in result.replies
    ):
        return Exit.FAILED
    return Exit.DONE if result.end is End.DONE else Exit.FAILED
