"""What deciding costs: origins of a draft's arguments, policy and labels of its call, with 100 rules of the user's."""

from itertools import cycle

from apps.shell.commands.ruling import nowhere
from apps.shell.early import user_process
from apps.shell.rulebook import places_of
from benchmarks.report import Figure, Row, of_rounds
from benchmarks.world import Effort, World, timed_plain
from kernel.call import Call, Proposal
from kernel.minds.port import Drafted
from kernel.policy import Policy
from kernel.proposing import Proposer, Seen
from kernel.rules.layers import guards_of
from kernel.rules.reading import read_rules
from kernel.rules.rule import Layer, Rule
from kernel.rules.source import Source
from syscalls.built_in import BUILT_IN
from syscalls.table import Entry, Table

RULES = 100
CALLS = (
    ("file.read", {"path": "src/part7/module.py"}),
    ("file.write", {"path": "src/part7/module.py", "content": "x"}),
    ("file.delete", {"paths": ["build/part3/a.o", "build/part3/b.o"]}),
    ("file.copy", {"paths": ["src/part7/module.py"], "to": "docs/part1/module.py"}),
    ("tool.exec", {"argv": ["git", "status", "-s"]}),
)
"""What is decided on in turn: looks, changes and programs that most of the rules speak of."""

SOURCES = (
    ("said", "replace draft with final in report.txt"),
    ("listed", "replace draft with final in the first of the files in that folder"),
    ("from text", "replace draft with final in the one that the letter speaks of"),
)
"""Whose word the place is that a change is made in, and the request."""
NAMES = [(f"folder{number // 10}/file{number}.txt", False) for number in range(100)]


def policy(made: World, effort: Effort) -> list[Row]:
    """Policy and labels of a call, in microseconds."""
    table = Table(BUILT_IN)
    guarded = guards_of(places_of(made.settings("none")))
    alone = _decide(made, effort, table, guarded)
    rules = read_rules(rule_file(), Source(Layer.USER, "bench.toml", str(made.work), str(made.home)), table)
    ours = _decide(made, effort, table, [*guarded, *rules])
    name = f"policy: rules and labels of one call, {RULES} user rules"
    drafts = [_draft(made, effort, table, [*guarded, *rules], *source) for source in SOURCES]
    return [Row(name, ours, "<= 50 us", "the built-in rules alone", alone), *drafts]


def _draft(made: World, effort: Effort, table: Table, rules: list[Rule], whose: str, request: str) -> Row:
    """From a mind's draft to the decision, all but decoding; the mind was shown names and a text of others."""
    process = user_process(made.settings("none"), ())
    gate = nowhere(table, Policy(rules=rules))
    seen = Seen(
        "then remove docs/plan.txt for me", process.cwd, [*NAMES, ("docs/notes.txt", False)], ((), None)
    )
    path = {"listed": "docs/notes.txt", "from text": "docs/plan.txt"}.get(whose, "report.txt")
    drafted = Drafted("file.edit", {"paths": [path], "old": "draft", "new": "final"}, 0.9)
    menu = {entry.call.name: entry.call for entry in (table["file.edit"],)}

    def proposed() -> Proposal:
        made = Proposer(seen.view(request, ()), menu, lambda _: None).proposal(drafted)
        assert isinstance(made, Proposal)
        return made

    def decide() -> None:
        proposed()
        gate.authorise(process, entry, call)

    entry, call = gate.decode(process, proposed())
    figure = of_rounds("us", timed_plain(effort, decide, 1e6))
    return Row(f"policy: origins, rules and labels of a draft, {whose} argument", figure, "<= 50 us")


def rule_file() -> str:
    """A hundred rules: folders, file endings, programs, sources; of all three verdicts."""
    parts = []
    for number in range(RULES):
        verdict = ("deny", "ask", "allow")[number % 3]
        condition = (
            f'call = "file.*"\ntouches = "secrets/part{number}/**"',
            f'call = ["file.write", "file.copy"]\ntouches = "**/*.kind{number}"',
            f'call = "file.delete"\ntouches = "build/part{number}/**"',
            f'call = "tool.exec"\nwhere = {{ argv = ["git", "verb{number}"] }}',
            f'call = "file.*"\neffect = "write"\nwhere = {{ path = "out/part{number}/*.txt" }}',
        )[number % 5].replace('call = "file.*"\neffect', 'call = ["file.write", "file.append"]\neffect')
        parts.append(f'[[rule]]\nname = "r{number}"\nverdict = "{verdict}"\n{condition}\n')
    return "\n".join(parts)


def _decide(made: World, effort: Effort, table: Table, rules: list[Rule]) -> Figure:
    settings = made.settings("none")
    gate = nowhere(table, Policy(rules=rules))
    process = user_process(settings, ())
    ready: list[tuple[Entry, Call]] = [
        gate.decode(process, Proposal(name, arguments, origin="mind")) for name, arguments in CALLS
    ]
    turn = cycle(ready)

    def decide() -> None:
        gate.authorise(process, *next(turn))

    return of_rounds("us", timed_plain(effort, decide, 1e6))
