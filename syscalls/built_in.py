"""Every call that aosh itself declares; those of plugins come on top."""

from syscalls import doc, file, mem, model, proc, sched, sys, tool, ui
from syscalls.table import AnyCall

BUILT_IN: tuple[AnyCall, ...] = (
    *file.CALLS,
    *proc.CALLS,
    *sys.CALLS,
    *mem.CALLS,
    *doc.CALLS,
    *tool.CALLS,
    *ui.CALLS,
    *model.CALLS,
    *sched.CALLS,
)
