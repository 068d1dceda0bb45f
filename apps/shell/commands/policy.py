"""`aosh policy`: the rules that hold, whether their examples come true, why a call is decided as it is."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.text import Text

from apps.shell.commands import ruling
from apps.shell.commands.output import complain, directory, parser_of, print_json, settings_at, show
from apps.shell.exits import Exit
from apps.shell.host import plugins_of
from apps.shell.oneshot import write
from apps.shell.render.view import name
from apps.shell.render.view import table as grid
from apps.shell.rulebook import places_of, rules_of
from kernel.jail.tier import choose
from kernel.policy import VERDICT_NAMES, Mode, Policy, Verdict
from kernel.rules.layers import Loaded, file_rules, guards_of, project_of, project_rules, texts_of
from kernel.rules.rule import Rule
from kernel.rules.trust import TrustStore
from syscalls.built_in import BUILT_IN
from syscalls.table import Table

_STYLES = {Verdict.ALLOW: "green", Verdict.ASK: "yellow", Verdict.DENY: "red"}


def policy(args: Sequence[str]) -> int:
    """Show, check, explain or trust rules."""
    parser = parser_of("policy", json_too=True)
    parser.add_argument(
        "verb", choices=("show", "check", "explain", "trust"),
        help="the rules that hold, in order; run the examples beside them; why a call is decided as it is; "
        "let a project's rules tighten what happens in it",
    )  # fmt: skip
    parser.add_argument("what", nargs="*", metavar="FILE|CALL", help="check: rule files; explain: a call")
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.ACCEPT_EDITS.value)
    parser.add_argument(
        "--label", action="append", default=[], metavar="SOURCE", help="explain: an untrusted source"
    )
    parser.add_argument("--revoke", action="store_true", help="trust: take it back")
    directory(parser)
    options = parser.parse_args(args)
    if options.what and options.verb in ("show", "trust"):
        parser.error(f"{options.verb} takes no further words, got {options.what[0]!r}; -C DIR says where")
    settings = replace(settings_at(parser, options.directory), mode=Mode(options.mode))
    plugins = asyncio.run(plugins_of(settings.folders, choose(settings.folders.state)))
    desk = ruling.Desk(
        settings, Table((*BUILT_IN, *(call for plugin in plugins for call in plugin.calls))), plugins
    )
    verbs = {"show": _show, "check": _check, "explain": _explain, "trust": _trust}
    return verbs[options.verb](desk, options)


def _show(desk: ruling.Desk, options: argparse.Namespace) -> int:
    loaded = _loaded(desk)
    if options.json:
        print_json([_facts(rule) for rule in loaded.rules])
        return 0
    rows = grid("rule", "verdict", "of", "written at")
    for rule in (*loaded.rules[1:], loaded.rules[0]):
        verdict = Text(VERDICT_NAMES[rule.verdict], style=_STYLES[rule.verdict])
        rows.add_row(name(rule.id, "bold"), verdict, name(ruling.says(rule)), name(str(rule.origin), "dim"))
    show(rows)
    show(name(ruling.BUILT_IN_WORDS, "dim"))
    return 0


def _check(desk: ruling.Desk, options: argparse.Namespace) -> int:
    if not options.what:
        tried = desk.tried(_loaded(desk).rules)
    else:
        tried = []
        for each in options.what:
            file = Path(os.path.abspath(each))
            place = desk.at(file.parent.parent) if file.parent.name == ".aosh" else desk
            rules = file_rules(file, places_of(place.settings), desk.table)
            tried += place.tried([*guards_of(places_of(place.settings)), *rules])
    wrong = [trial for trial in tried if not trial.is_right]
    if options.json:
        print_json([trial.facts() for trial in tried])
    else:
        for trial in tried:
            write(f"{trial.line()}\n")
        write(f"{len(tried)} examples, {len(wrong)} of them otherwise than expected\n")
    return Exit.FAILED if wrong else Exit.DONE


def _explain(desk: ruling.Desk, options: argparse.Namespace) -> int:
    if not options.what:
        complain("explain what? expected a call, such as: aosh policy explain ':file.write a.txt content=x'")
        return Exit.USAGE
    explained = desk.explained(
        Policy(desk.settings.mode, _loaded(desk).rules), " ".join(options.what), tuple(options.label)
    )
    if options.json:
        print_json(explained.facts())
        return 0
    show(name(explained.call, "bold"))
    rows = grid("", "rule", "says", "because", "written at")
    for word in explained.words:
        mark = "->" if word.rule == explained.decision.rule else ""
        verdict = Text(VERDICT_NAMES[word.verdict], style=_STYLES[word.verdict])
        rows.add_row(
            Text(mark), name(word.rule, "bold"), verdict, name(word.reason), name(word.origin, "dim")
        )
    show(rows)
    decision = explained.decision
    show(
        Text.assemble(
            "decided: ",
            (VERDICT_NAMES[decision.verdict], _STYLES[decision.verdict]),
            f" in mode {desk.settings.mode.value}, by rule ",
            name(decision.rule),
            ": ",
            name(decision.reason),
        )
    )
    return 0


def _trust(desk: ruling.Desk, options: argparse.Namespace) -> int:
    cwd = desk.settings.cwd.resolve()
    store = TrustStore(desk.settings.folders.trust)
    if options.revoke:
        known = [folder for folder in (cwd, *cwd.parents) if store.revoke(folder)][:1]
        complain(f"no longer trusted: {known[0]}/.aosh" if known else f"nothing was trusted at {cwd}")
        return Exit.DONE if known else Exit.FAILED
    project = project_of(cwd, desk.settings.home)
    if project is None:
        complain(f"there is no .aosh/policy.toml or .aosh/config.toml in {cwd} nor above it")
        return Exit.FAILED
    files = texts_of(project)
    rules = project_rules(str(project), files, desk.settings.home, desk.table)
    record = store.trust(project, files)
    if options.json:
        print_json(
            {"project": str(project), "sha256": record.digest, "rules": [_facts(rule) for rule in rules]}
        )
        return 0
    for rule in rules:
        write(f"{VERDICT_NAMES[rule.verdict]:<5} {ruling.says(rule)}  ({rule.origin})\n")
    write(f"trusted: {len(rules)} rules of {project}/.aosh, sha256 {record.digest}\n")
    return 0


def _loaded(desk: ruling.Desk) -> Loaded:
    loaded = rules_of(desk.settings, desk.table)
    for remark in loaded.remarks:
        complain(remark)
    return loaded


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "verdict": VERDICT_NAMES[rule.verdict],
        "says": ruling.says(rule),
        "reason": rule.reason,
        "origin": str(rule.origin),
    }
