"""Every call this aosh declares, for tests that hold for all of them."""

from syscalls import file, model, proc, sched, sys, tool, ui
from syscalls.table import AnyCall

ALL: tuple[AnyCall, ...] = (
    *file.CALLS,
    *sys.CALLS,
    *tool.CALLS,
    *ui.CALLS,
    *model.CALLS,
    *sched.CALLS,
    *proc.CALLS,
)
