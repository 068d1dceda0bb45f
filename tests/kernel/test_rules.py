"""People's rules over the built-in ones: what each may change, and how paths, programs and hosts are met."""

import itertools
from typing import Any

import pytest

from kernel.paths import Access
from kernel.policy import Decision, Mode, Policy, RehearsedPolicy, Verdict
from kernel.rules.reading import read_rules
from kernel.rules.rule import Layer, Rule
from kernel.rules.source import Source
from syscalls import file, sys, ui
from syscalls.caps import Right
from syscalls.declare import Area, Args, Effect, Value
from syscalls.labels import STDIN, USER, Labels, labels_of
from syscalls.table import AnyCall, Table
from tests.kernel.world import CALLS, agent

ALLOW, ASK, DENY = Verdict.ALLOW, Verdict.ASK, Verdict.DENY
WEB = USER.join(labels_of(["web:evil.org"], trusted=False))


class Run(Args):
    """What to run."""

    argv: tuple[str, ...]
    stdin: str = ""


class Get(Args):
    """What to fetch."""

    url: str
    limit: int = 100


class Done(Value, frozen=True):
    """Nothing."""


far = Area("far", "Programs and hosts")


@far.call(1, effect=Effect.EXEC)
def run(a: Run) -> Done:
    """Run."""
    raise NotImplementedError


@far.call(2, effect=Effect.NET)
def get(a: Get) -> Done:
    """Fetch."""
    raise NotImplementedError


@far.call(3, effect=Effect.MEMORY)
def keep(a: Get) -> Done:
    """Remember."""
    raise NotImplementedError


@far.call(4, effect=Effect.SCHEDULE)
def later(a: Get) -> Done:
    """Schedule."""
    raise NotImplementedError


TABLE = Table([*CALLS, run, get, keep, later])


def rules(text: str, layer: Layer = Layer.USER) -> list[Rule]:
    return read_rules(text, Source(layer, "/c/r.toml", "/desk", "/home/ana"), TABLE)


def decide(
    text: str, call: AnyCall, arguments: dict[str, Any], *, mode: Mode = Mode.ACCEPT_EDITS,
    labels: Labels = USER, layer: Layer = Layer.USER,
) -> Decision:  # fmt: skip
    return Policy(mode, rules(text, layer)).decide(agent(), call, arguments, needed(call, arguments), labels)


def needed(call: AnyCall, arguments: dict[str, Any]) -> list[Access]:
    found: list[Access] = []
    for field, _ in TABLE[call.name].paths:
        value = arguments.get(field.name)
        right = Right.FS_WRITE if field.access == "write" else Right.FS_READ
        found += [(right, path) for path in (value if isinstance(value, list) else [value] if value else [])]
    return found


def rule(verdict: str, call: str, **rest: str) -> str:
    extra = "".join(f"{key} = {value}\n" for key, value in rest.items())
    return f'[[rule]]\nname = "r"\nverdict = "{verdict}"\ncall = "{call}"\n{extra}'


INSIDE, OUTSIDE = "/desk/a", "/etc/a"
OF_EFFECT: dict[str, tuple[AnyCall, dict[str, Any]]] = {
    "read": (file.read, {"path": INSIDE}),
    "write": (file.write, {"path": INSIDE, "content": ""}),
    "delete": (file.delete, {"paths": [INSIDE]}),
    "exec": (run, {"argv": ["ls"]}),
    "net": (get, {"url": "https://example.org/"}),
    "memory": (keep, {"url": "https://example.org/"}),
    "schedule": (later, {"url": "https://example.org/"}),
    "none": (ui.say, {"message": "x"}),
}
CAREFUL = ("delete", "exec", "net", "memory")
BASE = {
    # what the built-in rules say of a trusted call inside
    Mode.PLAN: dict.fromkeys(OF_EFFECT, DENY) | {"read": ALLOW, "none": ALLOW},
    Mode.ASK: dict.fromkeys(OF_EFFECT, ASK) | {"read": ALLOW, "none": ALLOW},
    Mode.ACCEPT_EDITS: dict.fromkeys(OF_EFFECT, ASK) | {"read": ALLOW, "none": ALLOW, "write": ALLOW},
    Mode.AUTO_SAFE: dict.fromkeys(OF_EFFECT, ASK)
    | {"read": ALLOW, "none": ALLOW, "write": ALLOW, "delete": ALLOW},
    Mode.DENY_UNLISTED: dict.fromkeys(OF_EFFECT, DENY) | {"read": ALLOW, "none": ALLOW, "write": ALLOW},
}


def moved(arguments: dict[str, Any]) -> dict[str, Any]:
    swap = {INSIDE: OUTSIDE}
    return {
        key: [swap.get(each, each) for each in value] if isinstance(value, list) else swap.get(value, value)
        for key, value in arguments.items()
    }


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("effect", OF_EFFECT)
@pytest.mark.parametrize("labels", [USER, WEB], ids=["trusted", "untrusted"])
@pytest.mark.parametrize("where", ["inside", "outside"])
def test_the_matrix_of_mode_effect_label_and_place_with_and_without_an_allow_for_everything(
    mode: Mode, effect: str, labels: Labels, where: str
) -> None:
    call, arguments = OF_EFFECT[effect]
    arguments = moved(arguments) if where == "outside" else arguments
    is_outside = where == "outside" and bool(needed(call, arguments))
    asked = DENY if mode is Mode.DENY_UNLISTED else ASK
    base = BASE[mode][effect]
    tight = asked if is_outside or (not labels.is_trusted and effect in CAREFUL) else ALLOW
    expected = max(base, tight, key=lambda verdict: verdict.value)
    assert decide("", call, arguments, mode=mode, labels=labels).verdict is expected
    allowed = decide(rule("allow", "*"), call, arguments, mode=mode, labels=labels)
    if not labels.is_trusted or (mode is Mode.PLAN and base is DENY):
        assert allowed.verdict is expected
    else:
        assert allowed.verdict is tight


def test_an_allow_answers_the_effect_and_is_named() -> None:
    decision = decide(rule("allow", "file.delete", reason='"it is mine"'), file.delete, {"paths": [INSIDE]})
    assert (decision.verdict, decision.rule, decision.reason) == (ALLOW, "user:r", "it is mine")


def test_an_allow_never_stands_in_for_a_right() -> None:
    allowing = read_rules(rule("allow", "*"), Source(Layer.USER, "f", "/desk", "/h"), Table([sys.status]))
    policy = Policy(Mode.AUTO_SAFE, allowing)
    assert policy.decide(agent([]), sys.status, {}, [], USER).rule == "no-capability"


def test_any_ask_or_deny_beats_any_allow_wherever_it_stands() -> None:
    for strict, expected in (("ask", ASK), ("deny", DENY)):
        texts = [rule("allow", "file.*"), rule(strict, "file.delete").replace('"r"', '"s"')]
        for order in itertools.permutations(texts):
            assert decide("".join(order), file.delete, {"paths": [INSIDE]}).verdict is expected


def test_the_strictest_wins_and_of_the_equally_strict_the_first_reason_is_shown() -> None:
    system = rules(rule("ask", "file.*", reason='"first"'), Layer.SYSTEM)
    user = rules(rule("ask", "file.delete", reason='"second"'), Layer.USER)
    for given in ([*system, *user], [*user, *system]):
        decision = Policy(Mode.ACCEPT_EDITS, given).decide(
            agent(), file.delete, {"paths": [INSIDE]}, needed(file.delete, {"paths": [INSIDE]}), USER
        )
        assert (decision.rule, decision.reason) == ("system:r", "first")
        assert decision.questions == ("system:r", "user:r", "asks-delete")


def test_a_rule_that_asks_still_grants_only_what_lies_outside() -> None:
    decision = decide(rule("ask", "file.read"), file.read, {"path": OUTSIDE})
    assert decision.rule == "user:r"
    assert decision.outside == ((Right.FS_READ, OUTSIDE),)
    assert decision.questions == ("user:r", "outside-workspace")


MEETS: list[tuple[str, AnyCall, dict[str, Any], bool]] = [
    ("src/**", file.write, {"path": "/desk/src/a"}, True),
    ("src/**", file.write, {"path": "/desk/src/deep/a"}, True),
    ("src/**", file.write, {"path": "/desk/srcs/a"}, False),
    ("src/*", file.write, {"path": "/desk/src/deep/a"}, False),
    ("src/*.py", file.write, {"path": "/desk/src/a.py"}, True),
    ("src/?.py", file.write, {"path": "/desk/src/ab.py"}, False),
    ("src/[ab].py", file.write, {"path": "/desk/src/b.py"}, True),
    ("src/[!ab].py", file.write, {"path": "/desk/src/b.py"}, False),
    ("**/*.key", file.write, {"path": "/desk/deep/er/x.key"}, True),
    ("**/*.key", file.write, {"path": "/desk/x.key"}, True),
    ("/etc/**", file.write, {"path": "/etc/a"}, True),
    ("~/x", file.write, {"path": "/home/ana/x"}, True),
    ("secrets", file.write, {"path": "/desk/secrets/a"}, True),
    ("secrets", file.write, {"path": "/desk/secrets2"}, False),
    ("secrets/**", file.delete, {"paths": ["/desk"]}, True),
    ("secrets/**", file.delete, {"paths": ["/desk/secrets"]}, True),
    ("secrets/**", file.delete, {"paths": ["/desk/other", "/desk/secrets/a"]}, True),
    ("secrets/**", file.delete, {"paths": ["/desk/sec*"]}, True),
    ("secrets/**", file.delete, {"paths": ["/desk/other/*"]}, False),
    ("secrets/**", file.search, {"path": "/desk", "text": "x"}, True),
    ("secrets/**", file.copy, {"paths": ["/desk/a"], "to": "/desk"}, False),
    ("secrets/**", file.copy, {"paths": ["/desk/a"], "to": "/desk/secrets"}, True),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "call", "arguments", "meets"), MEETS)
def test_a_rule_that_denies_is_met_by_whatever_could_reach_its_paths(
    pattern: str, call: AnyCall, arguments: dict[str, Any], meets: bool
) -> None:
    decision = decide(rule("deny", "file.*", touches=f'"{pattern}"'), call, arguments, mode=Mode.AUTO_SAFE)
    assert (decision.rule == "user:r") is meets


HOLDS: list[tuple[str, list[str], bool]] = [
    ("build/**", ["/desk/build/a", "/desk/build/deep/b"], True),
    ("build/**", ["/desk/build/a", "/desk/other"], False),
    ("build/**", ["/desk/build"], False),
    ("build/**", ["/desk"], False),
    ("build/**", ["/desk/build/*"], True),
    ("build/**", ["/desk/buil*"], False),
    ("build/?", ["/desk/build/*"], False),
    ("build/*.o", ["/desk/build/*.o"], False),
    ("build", ["/desk/build/a"], False),
    ("build", ["/desk/build"], True),
]


@pytest.mark.parametrize(("pattern", "paths", "holds"), HOLDS)
def test_a_rule_that_allows_holds_only_where_everything_lies_within(
    pattern: str, paths: list[str], holds: bool
) -> None:
    decision = decide(rule("allow", "file.delete", touches=f'"{pattern}"'), file.delete, {"paths": paths})
    assert (decision.verdict is ALLOW) is holds


def test_a_rule_that_allows_paths_does_not_allow_calls_without_any() -> None:
    text = rule("allow", "*", touches='"**"')
    assert decide(text, run, {"argv": ["ls"]}).verdict is ASK


ARGUMENTS: list[tuple[str, AnyCall, dict[str, Any], bool, bool]] = [
    # condition, call, arguments, met by a deny, met by an allow
    ('argv = ["git", "push"]', run, {"argv": ["git", "push", "-f"]}, True, True),
    ('argv = ["git", "push"]', run, {"argv": ["git", "pull"]}, False, False),
    ('argv = "rm"', run, {"argv": ["/bin/rm", "x"]}, True, False),
    ('argv = "/bin/rm"', run, {"argv": ["rm", "x"]}, False, False),
    ('argv = "rm"', run, {"argv": []}, False, False),
    ('host = "*.example.org"', get, {"url": "https://a.example.org/x"}, True, True),
    ('host = "*.example.org"', get, {"url": "https://example.org.evil.com/"}, False, False),
    ('host = "example.org"', get, {"url": "https://example.org:8080/"}, True, False),
    ('host = "example.org"', get, {"url": "http://example.org:443/"}, True, True),
    ('host = "example.org:8080"', get, {"url": "https://example.org:8080/"}, True, True),
    ('host = "example.org:8080"', get, {"url": "https://example.org/"}, False, False),
    ('host = "*.example.org:8080"', get, {"url": "https://example.org.evil.com:8080/"}, False, False),
    ('host = "example.org"', get, {"url": "https://evil.com@example.org/"}, True, False),
    ("limit = { min = 50, max = 100 }", get, {"url": "https://a/"}, True, True),
    ("limit = { min = 50 }", get, {"url": "https://a/", "limit": 49}, False, False),
    ("limit = [7, 8]", get, {"url": "https://a/", "limit": 8}, True, True),
    ('stdin = ""', run, {"argv": ["ls"]}, True, True),
    ('stdin = ""', run, {"argv": ["ls"], "stdin": "x"}, False, False),
]


@pytest.mark.parametrize(("condition", "call", "arguments", "denied", "allowed"), ARGUMENTS)
def test_conditions_on_single_arguments(
    condition: str, call: AnyCall, arguments: dict[str, Any], denied: bool, allowed: bool
) -> None:
    where = f"{{ {condition} }}"
    name = f"far.{call.verb}"
    assert (decide(rule("deny", name, where=where), call, arguments).verdict is DENY) is denied
    assert (decide(rule("allow", name, where=where), call, arguments).verdict is ALLOW) is allowed


def test_a_condition_on_a_path_argument_speaks_of_that_argument_alone() -> None:
    text = rule("deny", "file.copy", where='{ to = "out/**" }')
    assert decide(text, file.copy, {"paths": ["/desk/a"], "to": "/desk/out/a"}).verdict is DENY
    assert decide(text, file.copy, {"paths": ["/desk/out/a"], "to": "/desk/a"}).verdict is ALLOW


def test_what_is_left_out_counts_as_its_default() -> None:
    flag = next(field for field in TABLE["file.list"].fields if field.kind == "boolean")
    text = rule("deny", "file.list", where=f"{{ {flag.name} = true }}")
    assert decide(text, file.list_, {"path": "/desk", flag.name: True}).verdict is DENY
    assert decide(text, file.list_, {"path": "/desk"}).verdict is ALLOW
    text = rule("deny", "file.list", where=f"{{ {flag.name} = false }}")
    assert decide(text, file.list_, {"path": "/desk"}).verdict is DENY


@pytest.mark.parametrize(
    ("labels", "given", "holds"),
    [
        ('"untrusted"', WEB, True), ('"untrusted"', USER, False), ('"trusted"', USER, True),
        ('"web:*"', WEB, True), ('"web:*.com"', WEB, False), ('"web:*"', USER.join(STDIN), False),
        ('["tool:*", "stdin"]', USER.join(STDIN), True), ('"user"', WEB, True),
    ],
)  # fmt: skip
def test_a_rule_may_speak_of_where_values_come_from(labels: str, given: Labels, holds: bool) -> None:
    decision = decide(rule("deny", "file.write", labels=labels), file.write, {"path": INSIDE}, labels=given)
    assert (decision.verdict is DENY) is holds


def test_a_rule_may_speak_of_effects_and_modes() -> None:
    text = rule("deny", "*", effect='["exec", "net"]', mode='"auto-safe"')
    assert decide(text, run, {"argv": ["ls"]}, mode=Mode.AUTO_SAFE).verdict is DENY
    assert decide(text, run, {"argv": ["ls"]}, mode=Mode.ASK).verdict is ASK
    assert decide(text, file.write, {"path": INSIDE}, mode=Mode.AUTO_SAFE).verdict is ALLOW


def test_every_word_on_a_call_can_be_had_with_its_origin() -> None:
    text = rule("allow", "file.delete") + rule("ask", "file.*").replace('"r"', '"s"')
    policy = Policy(Mode.ACCEPT_EDITS, rules(text))
    arguments = {"paths": [INSIDE]}
    words = policy.spoken(agent(), file.delete, arguments, needed(file.delete, arguments), USER)
    assert [(word.verdict, word.rule) for word in words] == [
        (ASK, "user:s"), (ALLOW, "user:r"), (ALLOW, "inside-workspace"), (ALLOW, "held"),
        (ASK, "asks-delete"), (ALLOW, "labels"),
    ]  # fmt: skip
    assert words[0].origin == "/c/r.toml:5"


def test_a_rehearsed_policy_asks_before_every_effect_it_would_allow() -> None:
    policy = RehearsedPolicy(Mode.AUTO_SAFE, rules(rule("allow", "*")))
    for name, (call, arguments) in OF_EFFECT.items():
        verdict = policy.decide(agent(), call, arguments, needed(call, arguments), USER).verdict
        assert verdict is (ALLOW if name in ("read", "none") else ASK)


def test_mode_plan_is_lifted_by_no_allow_whatever_else_is_written() -> None:
    text = rule("allow", "*") + rule("ask", "*", mode='"ask"').replace('"r"', '"s"')
    assert decide(text, file.write, {"path": INSIDE}, mode=Mode.PLAN).rule == "mode-plan"
