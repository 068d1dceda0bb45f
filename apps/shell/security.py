"""The page docs/security.md: what is attempted against the jail, what should come of it, what was measured.

python -m apps.shell.security              writes it, keeping the measured part
python -m apps.shell.security --check      says whether it no longer tells the truth, whatever the machine
python -m apps.shell.security --measure    makes the attempts here, in each tier, and writes what came of them
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from kernel.jail.probes.catalogue import CHORES, PROBES
from kernel.jail.probes.run import Tour, tour
from kernel.jail.spec import JailError, Tier

PAGE = Path(__file__).resolve().parents[2] / "docs/security.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_NOBODY = 65534
_HEAD = """\
# Security: the jail, and what was tried against it

<!-- Made by `python -m apps.shell.security` from the probes; do not edit. -->

Drivers, programs, plugins and the embedded mind's engine run in a jail. Its tier is found by starting one:

- **F**: user, mount, process, network, ipc, host name and cgroup namespaces
  ([why our own](decisions/0007-own-namespaces.md)); a root with the system read-only, the granted folders and nothing
  else; no capability; then all of L inside.
- **L**: Landlock, seccomp ([why our own](decisions/0003-own-landlock-and-seccomp.md)), limits, no new privileges, no
  inherited descriptors. For machines that forbid user namespaces; `aosh doctor` says why.

`aosh doctor` makes the attempts below from inside a jail that may run programs in a workspace, and says how many it
held; `--probes` shows each, `--fresh` makes them again. `--require-jail F` ends with 44 where the tier is weaker. Where
a jail of the chosen tier cannot be entered, the process does not start.
"""
_AFTER = """
Not attempted here: what a mind proposes (the gate's, `docs/architecture.md`), and faults of the Linux kernel itself.
"""


def main(arguments: Sequence[str], path: Path = PAGE) -> int:
    """Write, check or measure; 1 when a check fails."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    measured = "\n".join(measurement()) if "--measure" in arguments else _between(old)
    text = page(measured)
    if "--check" in arguments:
        if text == old:
            return 0
        sys.stderr.write(f"{path.name} is out of date: run python -m apps.shell.security\n")
        return 1
    path.write_text(text, encoding="utf-8")
    return 0


def page(measured: str) -> str:
    """The whole page around what was measured."""
    parts = [
        _HEAD,
        "\n".join(_expectations()),
        "",
        f"It must still work: {', '.join(what for _, what in CHORES)}.",
    ]
    return "\n".join([*parts, "", "## Measured", "", BEGIN, measured, END]) + "\n" + _AFTER


def measurement() -> Iterator[str]:
    """What comes of the attempts on this machine, in each tier, as this user and as one without powers."""
    day = datetime.now(tz=UTC).date().isoformat()
    yield f"`python -m apps.shell.security --measure` on {day}, Linux {os.uname().release.split('-')[0]} ({os.uname().machine}):"
    yield ""
    yield "| tier | user | held | succeeded | must still work |"
    yield "| --- | --- | --- | --- | --- |"
    tiers: tuple[Tier, ...] = ("F", "L")
    for tier in tiers:
        for uid in (None, _NOBODY) if os.geteuid() == 0 and _may_all_enter() else (None,):
            try:
                yield _row(tour(tier, uid))
            except JailError as error:
                yield f"| {tier} | {'root' if uid is None else 'ordinary'} | not to be had: {error} | | |"


def _row(made: Tour) -> str:
    through = ", ".join(each.id for each in made.findings if each.outcome == "succeeded") or "none"
    missing = [each.id for each in made.findings if each.outcome == "not applicable"]
    works = sum(each.outcome == "succeeded" for each in made.chores)
    absent = "".join(f"; no {each.id}" for each in made.chores if each.outcome == "not applicable")
    held = made.words() + (f" ({', '.join(missing)} not applicable)" if missing else "")
    user = "root" if made.is_root else "ordinary"
    return f"| {made.tier} | {user} | {held} | {through} | {works} of {len(made.chores)}{absent} |"


def _expectations() -> Iterator[str]:
    yield "| probe | attempted from inside | tier F | tier L |"
    yield "| --- | --- | --- | --- |"
    for probe in PROBES:
        root = f"held; as root it succeeds: {probe.passes_l_root}" if probe.passes_l_root else "held"
        through = [f"succeeds: {why}" if why else "" for why in (probe.passes_f, probe.passes_l)]
        yield f"| {probe.id} | {probe.attempt} | {through[0] or 'held'} | {through[1] or root} |"


def _between(text: str) -> str:
    _, begin, rest = text.partition(BEGIN + "\n")
    inner, end, _ = rest.partition("\n" + END)
    return inner if begin and end else "Not measured yet."


def _may_all_enter() -> bool:
    """Whether an ordinary user can reach the interpreter and this code."""
    places = (sys.executable, os.path.realpath(sys.executable), sys.prefix, str(PAGE.parent))
    return all(
        parent.stat().st_mode & stat.S_IXOTH
        for place in places
        for parent in (Path(place), *Path(place).parents)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
