"""`--allow 'file.write(src/**)'`: one rule in few words."""

import re
import shlex

from kernel.rules.conditions import condition
from kernel.rules.patterns import ARGV, URL, Misfit, PathGlob, absolute, name_regex
from kernel.rules.rule import Layer, Origin, Rule
from kernel.rules.source import BadRules, Source
from kernel.verdicts import Verdict
from syscalls.table import Table

_SHAPE = re.compile(r"([\w.*?-]+?)(?:\((.*)\))?", re.S)
ACCEPTED = "CALL or CALL(SCOPE), such as 'file.write(src/**)', 'tool.exec(git status)' or 'file.*'"


def short_rule(text: str, verdict: Verdict, source: Source, table: Table) -> Rule:
    """The rule that `--allow TEXT` or `--deny TEXT` means.

    The scope is a path pattern over every path of the call; for calls that run programs, how the
    words begin; for calls that fetch, a host.

    Raises:
        BadRules: it has another shape, or speaks of a call that does not exist.
    """
    option = "--allow" if verdict is Verdict.ALLOW else "--deny"
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise BadRules(option, 0, f"expected {ACCEPTED}, got {text!r}")
    call, scope = found[1], found[2]
    entries = [table[name] for name in table if name_regex(call).match(name)]
    if not entries:
        raise BadRules(option, 0, f"no call is {call!r}; `aosh syscalls` lists them")
    names = {field.name for entry in entries for field in entry.fields}
    touches, where = [], []
    try:
        if scope is None or not scope.strip():
            pass
        elif ARGV in names:
            where.append(condition(ARGV, shlex.split(scope), entries, (source.base, source.home)))
        elif URL in names:
            where.append(condition("host", scope.strip(), entries, (source.base, source.home)))
        else:
            touches.append(PathGlob(absolute(scope.strip(), source.base, source.home)))
    except (Misfit, ValueError) as misfit:
        raise BadRules(option, 0, f"{text!r}: {misfit}") from None
    return Rule(
        name=text.strip(),
        verdict=verdict,
        reason=f"{option} {text.strip()!r} says so",
        origin=Origin(Layer.COMMAND_LINE, option),
        calls=(call,),
        touches=tuple(touches),
        where=tuple(where),
    )
