"""The tests bite: each of these mutations of gate, capabilities and policy makes at least one of them fail."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.mutants.label_mutants import LABEL_MUTANTS
from tests.mutants.net_mutants import NET_MUTANTS

ROOT = Path(__file__).parents[2]
GATE, CALL, POLICY, CAPS = "kernel/gate.py", "kernel/call.py", "kernel/policy.py", "syscalls/caps.py"
REFUSALS, APPROVALS = "tests/kernel/test_gate_refusals.py", "tests/kernel/test_gate_approvals.py"
JOURNAL, LOOP = "tests/kernel/test_gate_journal.py", "tests/kernel/test_loop.py"
STEPS = "tests/kernel/test_steps.py"
REQUEST, OF_REFUSALS = "kernel/request.py", "tests/kernel/test_refusals.py"
OF_CAPS, OF_POLICY = "tests/syscalls/test_caps.py", "tests/kernel/test_policy.py"
BOOK, PATTERNS, RULE = "kernel/rules/book.py", "kernel/rules/patterns.py", "kernel/rules/rule.py"
NEARBY = "kernel/rules/nearby.py"
LAYERS, OF_LAYERS = "kernel/rules/layers.py", "tests/kernel/test_rules_layers.py"
OF_RULES, OF_READING = "tests/kernel/test_rules.py", "tests/kernel/test_rules_reading.py"
GRANTS, OF_GRANTS = "kernel/grants.py", "tests/kernel/test_grants.py"
OF_PROCESS, PROPERTY = "tests/kernel/test_process.py", "tests/property/test_untouchable.py"


class Mutant(NamedTuple):
    """A regular expression that occurs once in a file, what it becomes, and the tests that must notice."""

    file: str
    pattern: str
    becomes: str
    tests: tuple[str, ...]


MUTANTS = {
    "a denial does not stop": Mutant(
        GATE, r"if decision\.verdict is Verdict\.DENY:", "if False:", (REFUSALS,)
    ),
    "hidden calls are shown": Mutant(GATE, r"if entry\.call\.is_hidden and [^:]+:", "if False:", (REFUSALS,)),
    "arguments go unchecked": Mutant(GATE, r"entry\.check\(proposal\.arguments\)", "pass", (REFUSALS,)),
    "refusals are not journalled": Mutant(
        GATE, r"self\._journal_refusal\(proposal, call, decision, error\)", "pass", (REFUSALS,)
    ),
    "a no counts as a yes": Mutant(
        GATE, r"if choice in \(Choice\.NO, Choice\.EDIT\):", "if False:", (APPROVALS,)
    ),
    "a scope covers every call": Mutant(GRANTS, r"call\.name != self\.call or ", "", (OF_GRANTS,)),
    "a scope covers every folder": Mutant(GRANTS, r"is_beneath\(path, folder\)", "True", (APPROVALS,)),
    "a scope covers untrusted values": Mutant(
        GRANTS, r" or not call\.labels\.is_trusted:", ":", (OF_GRANTS,)
    ),
    "a scope that was not offered": Mutant(
        GATE, r"if choice is Choice\.SCOPE and scope:", "if scope:", (APPROVALS,)
    ),
    "a scope answers every question": Mutant(
        GRANTS, r"not set\(decision\.questions\) <= set\(self\.asks\) or ", "", (OF_GRANTS,)
    ),
    "a scope reaches outside": Mutant(
        GRANTS, r" or \(decision\.outside and not self\.is_outside\)", "", (OF_GRANTS,)
    ),
    "a program's other arguments may change": Mutant(
        GRANTS, r"if rest_of\(call\.arguments\) != self\.rest:", "if False:", (OF_GRANTS,)
    ),
    "a wrapper's further words may change": Mutant(
        GRANTS, r" or posixpath\.basename\(argv\[0\]\) in _WRAPPERS", "", (OF_GRANTS,)
    ),
    "a grant cannot be taken back": Mutant(GRANTS, r"_standing\.pop\(", "_standing.get(", (OF_GRANTS,)),
    "a call may change while it is asked about": Mutant(
        GATE, r"if not shown\.digest == call\.digest == digest:", "if False:", (OF_GRANTS,)
    ),
    "a call is shared with whoever proposed it": Mutant(
        GATE, r"call = call\.sealed\(\)", "pass", (OF_GRANTS,)
    ),
    "an intent is not durable": Mutant(
        GATE,
        r"(IntentRow\(call\.id, call\.name, call\.arguments, prepared\.plan, call\.labels\),\s*durable=)True",
        r"\1False",
        (JOURNAL,),
    ),
    "an answer is not written": Mutant(
        GATE, r"if decided is None or not decided\[0\]\.replace\([^\n]*\):", "if False:", (JOURNAL,)
    ),
    "a look is asked for before its decision is kept": Mutant(
        GATE, r"held = self\._journal\.hold\([^\n]*\)", "held = None", (JOURNAL,)
    ),
    "a written row is taken for a held one": Mutant(
        "kernel/journal/held.py",
        r"if at >= len\(buffer\) or buffer\[at\] is not self\._line:",
        "if False:",
        (JOURNAL,),
    ),
    "an intent is not written": Mutant(
        GATE,
        r"self\._journal\.append\(\s*self\._session,\s*\"intent\"",
        'str(self._session, "intent"',
        (JOURNAL,),
    ),
    "a plan is not dropped": Mutant(GATE, r"await prepared\.abort\(\)", "pass", (JOURNAL,)),
    "the digest leaves out the arguments": Mutant(
        CALL, r"\[self\.name, self\.arguments\]", "[self.name]", (APPROVALS,)
    ),
    "a right is another": Mutant(
        CAPS,
        r"if right is not self\.right:\n +return False",
        "if right is not self.right:\n            return True",
        (OF_CAPS,),
    ),
    "dots pass": Mutant(CAPS, r'"\.\." not in pure\.parts and ', "", (OF_CAPS,)),
    "a like name is beneath": Mutant(
        CAPS, r"pure\.is_relative_to\(root\)", "path.startswith(root)", (OF_CAPS,)
    ),
    "minting is unchecked": Mutant(
        CAPS,
        r"if scope != self\.scope and not self\.covers\(self\.right, scope\):",
        "if False:",
        (OF_CAPS, OF_PROCESS),
    ),
    "what is not held is minted": Mutant(
        "kernel/process.py", r"if cap not in self\.caps:", "if False:", (OF_PROCESS,)
    ),
    "the mildest rule wins": Mutant(
        POLICY,
        r"each\.verdict\.value > worst\.verdict\.value",
        "each.verdict.value < worst.verdict.value",
        (OF_POLICY,),
    ),
    "outside is inside": Mutant(
        POLICY, r"if not covered\(process\.caps, \*access\)", "if False", (PROPERTY,)
    ),
    "a right need not be held": Mutant(
        POLICY, r"if not holds\(process\.caps, right, scope\):", "if False:", (PROPERTY,)
    ),
    "a like name is inside": Mutant(
        POLICY, r"path\.startswith\(root if [^)]+\)", "path.startswith(root)", (OF_POLICY,)
    ),
    "plan changes things": Mutant(POLICY, r"if self\.mode is Mode\.PLAN:", "if False:", (OF_POLICY,)),
    "labels are ignored": Mutant(
        POLICY, r"not in _CAREFUL or labels\.is_trusted:", "not in _CAREFUL or True:", (OF_POLICY,)
    ),
    "an allow answers for untrusted values": Mutant(
        BOOK, r"if not labels\.is_trusted:", "if False:", (OF_RULES,)
    ),
    "an allow covers a part of the paths": Mutant(
        BOOK, r"bool\(touched\) and all\(any\(", "bool(touched) and any(any(", (OF_RULES,)
    ),
    "an allow answers what lies outside": Mutant(
        POLICY,
        r"return \(\*stated, allowed, outside, rights, labels\)",
        "return (*stated, allowed)",
        (OF_RULES,),
    ),
    "an allow beats a deny": Mutant(
        POLICY, r"return \(\*stated, allowed, outside", "return (allowed, outside", (OF_RULES,)
    ),
    "an allow lifts mode plan": Mutant(
        POLICY,
        r"if effect\.verdict is Verdict\.ASK and \(allowed",
        "if effect.verdict is not Verdict.ALLOW and (allowed",
        (OF_RULES,),
    ),
    "a deny is met by named paths alone": Mutant(
        NEARBY, r"if reaches and path in self\._above:", "if False:", (OF_RULES,)
    ),
    "a deny is not met by wildcards": Mutant(
        PATTERNS,
        r"if _is_within\(start, self\.base\) or _is_within\(self\.base, start\):",
        "if False:",
        (OF_RULES,),
    ),
    "an allow is met by any wildcard": Mutant(PATTERNS, r"return self\.is_open and ", "return ", (OF_RULES,)),
    "a like folder is within": Mutant(PATTERNS, r'"\*": "\[\^/\]\*"', '"*": ".*"', (OF_RULES,)),
    "a denied program is known by its path alone": Mutant(
        RULE, r"program = posixpath\.basename\(program\)", "pass", (OF_RULES,)
    ),
    "an unclear host is allowed": Mutant(
        RULE, r"return not narrowly and value is not None", "return value is not None", (OF_RULES,)
    ),
    "a project may allow": Mutant(
        "kernel/rules/reading.py",
        r"if verdict is Verdict\.ALLOW and self\._source\.layer is Layer\.PROJECT:",
        "if False:",
        (OF_READING,),
    ),
    "unknown keys pass": Mutant(
        "kernel/rules/reading.py",
        r"            if key not in known:\n",
        "            if False:\n",
        (OF_READING,),
    ),
    "an untrusted project is obeyed": Mutant(
        LAYERS,
        r"        if record is not None:\n            trusted",
        "        from kernel.rules.trust import Trusted\n"
        "        record = record or Trusted(str(folder), texts_of(folder))\n"
        "        if record is not None:\n            trusted",
        (OF_LAYERS,),
    ),
    "a trusted rule goes with its file": Mutant(
        LAYERS,
        r"project_rules\(record\.project, record\.files,",
        "project_rules(record.project, texts_of(folder),",
        (OF_LAYERS,),
    ),
    "a file that others may write is obeyed": Mutant(
        "kernel/ownership.py", r"stat\.S_IWGRP \| stat\.S_IWOTH", "stat.S_IWOTH", (OF_LAYERS,)
    ),
    "rules may be changed unasked": Mutant(
        LAYERS, r"= guards_of\(places\),", "= list[Rule](),", (OF_LAYERS,)
    ),
    "git hooks may be written unasked": Mutant(
        "kernel/rules/guards.py", r"inside=FOLDERS", "inside=frozenset()", ("tests/kernel/test_guards.py",)
    ),
    "unclear calls are made": Mutant(
        "kernel/loop.py", r"if unclear and not await", "if False and not await", (LOOP,)
    ),
    "a refused call is asked about again": Mutant(
        REQUEST, r"found = self\._refused\.get\(_key\(call\)\)", "found = None", (OF_REFUSALS,)
    ),
    "refusals have no end": Mutant(REQUEST, r" and count < REFUSALS_A_REQUEST", "", (OF_REFUSALS,)),
    "a denial is forgotten": Mutant(
        REQUEST, r"self\.failed or standing\(replies\)", "self.failed", (OF_REFUSALS,)
    ),
    "anything makes up for a denial": Mutant(
        REQUEST, r"reply\.call\.effect not in made", "not made", (OF_REFUSALS,)
    ),
    "the row goes on after a failure": Mutant(
        "kernel/steps.py",
        r"if \(stopped := self\._kept\(run, replies\)\) is not None:\n +return stopped\n",
        "self._kept(run, replies)\n",
        (LOOP,),
    ),
    "effects go side by side": Mutant(
        "kernel/steps.py", r"call is None or call\.effect is not Effect\.READ", "call is None", (STEPS,)
    ),
    "what is asked about goes side by side": Mutant(
        "kernel/steps.py", r"\.verdict is Verdict\.ALLOW", ".verdict is not None", (STEPS,)
    ),
    "effects are made a second time": Mutant(
        REQUEST, r"0 if is_effect else made", "len(self.replies)", (STEPS,)
    ),
    "anything may be cited": Mutant(REQUEST, r" if isinstance\(self\.reply\(number\), Ok\)", "", (STEPS,)),
    "words of a mind lose their labels": Mutant(
        REQUEST,
        r"self\.earlier, self\.recalled_labels, STDIN if self\.stdin else NONE, \*shown",
        "NONE",
        (STEPS,),
    ),
}


MUTANTS |= {name: Mutant(*mutant) for name, mutant in (LABEL_MUTANTS | NET_MUTANTS).items()}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How the tests ended, by mutant."""
    asked = json.dumps([[name, *mutant] for name, mutant in MUTANTS.items()])
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutants.run", str(tmp_path_factory.mktemp("mutants"))],
        input=asked,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, int] = json.loads(done.stdout)
    return answers


def test_the_code_as_it_is_passes(fates: dict[str, int]) -> None:
    assert fates["unchanged"] == pytest.ExitCode.OK


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_noticed(fates: dict[str, int], name: str) -> None:
    assert fates[name] == pytest.ExitCode.TESTS_FAILED
