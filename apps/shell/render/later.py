"""What is scheduled, as a terminal shows it."""

from rich.console import Group, RenderableType
from rich.text import Text

from apps.shell.render.escape import line
from apps.shell.render.view import View
from syscalls.sched import Job, JobInfo, Jobs


def job(value: Job, view: View) -> RenderableType:
    """One job."""
    del view
    return _row(value.job)


def jobs(value: Jobs, view: View) -> RenderableType:
    """One line a job, the next first."""
    del view
    return Group(*map(_row, value.items)) if value.items else Text(value.when_empty(), "dim")


def _row(info: JobInfo) -> Text:
    return Text.assemble(
        (info.id, "cyan"),
        "  ",
        line(info.when),
        (info.ahead, "bold"),
        ": ",
        line(info.what),
        (info.marks, "yellow"),
    )
