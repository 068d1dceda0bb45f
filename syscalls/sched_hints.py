"""How people ask for things to happen later."""

from syscalls.declare import Example as E
from syscalls.declare import Hint

_SLOTS = {"when": "time in words", "what": "the request, without its time", "say": "text of a reminder"}

AT = (
    Hint(
        tool="do_later",
        cue=r"\b(?:remind|later|in|at|on|tomorrow|tonight|next)\b",
        says="Do something once, later, or show a reminder.",
        slots=_SLOTS,
        needs=("when",),
        triggers=("remind me", "later", "at a time", "in some minutes", "tomorrow at"),
        examples=(
            E("remind me at 5pm to water the plants", {"when": "at 5pm", "say": "water the plants"}),
            E("in 20 minutes run make report", {"when": "in 20 minutes", "what": "run make report"}),
            E("tomorrow at noon copy notes to backup", {"when": "tomorrow at noon", "what": "copy notes to backup"}),
        ),
    ),
)  # fmt: skip

EVERY = (
    Hint(
        tool="do_regularly",
        cue=r"\b(?:every|each|daily|hourly|weekly|monthly|yearly)\b",
        says="Do something again and again.",
        slots=_SLOTS,
        needs=("when",),
        triggers=("every day", "every weekday at", "each week", "daily at", "regularly"),
        examples=(
            E("every weekday at 9 back up notes to backup", {"when": "every weekday at 9", "what": "back up notes to backup"}),
            E("copy report.txt to archive every friday at 17:00", {"when": "every friday at 17:00", "what": "copy report.txt to archive"}),
        ),
    ),
)  # fmt: skip

LIST = (
    Hint(
        tool="list_jobs",
        cue=r"\b(?:scheduled?|jobs?|reminders?|planned)\b",
        says="List what is scheduled.",
        triggers=("what is scheduled", "list the jobs", "which reminders are there", "scheduled jobs"),
        examples=(E("what is scheduled?"), E("list my reminders"), E("show the scheduled jobs")),
    ),
)


def _of_job(tool: str, verb: str, says: str) -> tuple[Hint, ...]:
    return (
        Hint(
            tool=tool,
            cue=r"\b(?:jobs?|reminders?)\b",
            says=says,
            slots={"job": "id or name of the job"},
            needs=("job",),
            triggers=(f"{verb} the job", f"{verb} the reminder"),
            examples=(E(f"{verb} the backup job", {"job": "backup"}),),
        ),
    )


CANCEL = _of_job("cancel_job", "cancel", "Cancel a scheduled job.")
PAUSE = _of_job("pause_job", "pause", "Hold a scheduled job.")
RESUME = _of_job("resume_job", "resume", "Let a held job go on.")
RUN_NOW = _of_job("run_job_now", "run now", "Run a scheduled job now.")
STOP = _of_job("stop_job", "stop", "Stop the run of a job that is going on now.")
