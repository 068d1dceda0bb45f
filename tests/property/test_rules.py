"""Whatever rules are written: a project's only tighten, the strictest wins in any order, grants never grow."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.call import Call
from kernel.grants import scope_of
from kernel.paths import Access
from kernel.policy import Decision, Mode, Policy, Verdict
from kernel.rules.book import Book, Given
from kernel.rules.guards import guards
from kernel.rules.patterns import PathGlob, absolute, is_wild
from kernel.rules.reading import read_rules
from kernel.rules.rule import Layer, Rule
from kernel.rules.source import Source
from syscalls.caps import Cap, Right, is_beneath
from syscalls.declare import Effect
from syscalls.labels import NONE, STDIN, USER, Labels, labels_of
from syscalls.table import AnyCall
from tests.kernel.test_rules import TABLE, get, run
from tests.kernel.world import agent

NAMES = st.sampled_from(["a", "b", "secrets", "src", "x.key", "ä", ".git", "own", "y.z.key"])
PATHS = st.lists(NAMES, max_size=3).map(lambda parts: "/".join(["/desk", *parts])) | st.just("/etc/a")
WILD = (
    PATHS | PATHS.map(lambda path: f"{path}/*") | st.sampled_from(["/desk/s*", "/desk/**", "/desk/[s]rc/a"])
)
PATTERNS = st.lists(
    st.sampled_from(["*", "**", "?", "a", "s*", "src", "secrets", "*.key", "x*.key", "*.z.key", "[as]*", "~", "/etc"]),
    min_size=1, max_size=3,
).map("/".join)  # fmt: skip
VERDICTS = st.sampled_from(["ask", "deny"])
LABELS = st.sampled_from([USER, NONE, USER.join(STDIN), labels_of(["web:evil.org"], trusted=False)])
MODES = st.sampled_from(list(Mode))
GUARDS = guards([Path("/desk/.aosh")], [Path("/desk/src/own")], Path("/desk"), Path("/home/ana"))


@st.composite
def rule_texts(draw: st.DrawFn, verdicts: st.SearchStrategy[str] = VERDICTS) -> str:
    """One rule as a file writes it."""
    lines = [
        "[[rule]]",
        f'verdict = "{draw(verdicts)}"',
        f'call = "{draw(st.sampled_from(["*", "file.*", "file.write", "file.delete", "far.run", "far.get"]))}"',
    ]
    if lines[2] in ('call = "*"', 'call = "file.*"') and draw(st.booleans()):
        lines.append(f'touches = "{draw(PATTERNS)}"')
    if draw(st.booleans()):
        lines.append(f'effect = "{draw(st.sampled_from([effect.value for effect in Effect]))}"')
    if draw(st.booleans()):
        lines.append(f'mode = "{draw(MODES).value}"')
    if lines[1] != 'verdict = "allow"' and draw(st.booleans()):
        lines.append(f'labels = "{draw(st.sampled_from(["trusted", "untrusted", "web:*", "user"]))}"')
    return "\n".join(lines) + "\n"


@st.composite
def calls(draw: st.DrawFn) -> tuple[AnyCall, dict[str, Any], list[Access]]:
    """A call, its arguments and the accesses they need."""
    name = draw(
        st.sampled_from(["file.read", "file.write", "file.delete", "file.copy", "far.run", "far.get"])
    )
    entry = TABLE[name]
    arguments: dict[str, Any] = {}
    if name == "far.run":
        arguments["argv"] = draw(
            st.lists(st.sampled_from(["git", "rm", "/bin/rm", "push", "-f"]), max_size=3)
        )
    if name == "far.get":
        arguments["url"] = draw(
            st.sampled_from(["https://a.org/x", "https://b.org", "https://a@b.org/", "?"])
        )
    needed: list[Access] = []
    for field, _ in entry.paths:
        value = draw(st.lists(WILD, min_size=1, max_size=2)) if field.is_list else draw(WILD)
        arguments[field.name] = value
        right = Right.FS_WRITE if field.access == "write" else Right.FS_READ
        needed += [(right, path) for path in (value if isinstance(value, list) else [value])]
    return entry.call, arguments, needed


CALLS = calls()


def read(text: str, layer: Layer) -> list[Rule]:
    return read_rules(text, Source(layer, "r.toml", "/desk", "/home/ana"), TABLE)


def decided(rules: list[Rule], mode: Mode, call: tuple[AnyCall, Any, Any], labels: Labels) -> Decision:
    return Policy(mode, rules).decide(agent(), *call, labels)


@settings(deadline=None)
@given(
    st.lists(rule_texts(st.sampled_from(["allow", "ask", "deny"])), max_size=3),
    st.lists(rule_texts(), max_size=3), MODES, CALLS, LABELS,
)  # fmt: skip
def test_no_rule_file_of_a_project_turns_an_ask_or_a_deny_into_less(
    users: list[str], projects: list[str], mode: Mode, call: tuple[AnyCall, Any, Any], labels: Labels
) -> None:
    mine = read("".join(users), Layer.USER)
    before = decided(mine, mode, call, labels)
    after = decided([*mine, *read("".join(projects), Layer.PROJECT)], mode, call, labels)
    assert after.verdict.value >= before.verdict.value
    if before.verdict is after.verdict is Verdict.ASK:
        assert set(before.questions) <= set(after.questions)
        assert after.outside == before.outside


@settings(deadline=None)
@given(
    st.lists(rule_texts(st.sampled_from(["allow", "ask", "deny"])), min_size=1, max_size=4),
    st.randoms(use_true_random=False), MODES, CALLS, LABELS,
)  # fmt: skip
def test_the_strictest_wins_in_whatever_order_the_rules_are_written(
    texts: list[str], random: Any, mode: Mode, call: tuple[AnyCall, Any, Any], labels: Labels
) -> None:
    shuffled = list(texts)
    random.shuffle(shuffled)
    one = decided(read("".join(texts), Layer.USER), mode, call, labels)
    other = decided(read("".join(shuffled), Layer.USER), mode, call, labels)
    assert one.verdict is other.verdict
    assert one.outside == other.outside
    alone = [decided(read(text, Layer.USER), mode, call, labels) for text in texts]
    if not any('"allow"' in text for text in texts):
        assert one.verdict is max((each.verdict for each in alone), key=lambda verdict: verdict.value)


@settings(deadline=None)
@given(st.lists(rule_texts(st.just("allow")), max_size=3), MODES, CALLS, LABELS)
def test_what_is_allowed_reaches_no_further_than_capabilities_trust_and_mode(
    texts: list[str], mode: Mode, call: tuple[AnyCall, Any, Any], labels: Labels
) -> None:
    decision = decided(read("".join(texts), Layer.USER), mode, call, labels)
    if decision.verdict is Verdict.ALLOW:
        declared, _, needed = call
        assert all(is_beneath(path, "/desk") for _, path in needed)
        assert labels.is_trusted or declared.effect in (Effect.READ, Effect.WRITE)
        assert mode is not Mode.PLAN or not declared.effect.is_side_effect


@settings(deadline=None)
@given(
    st.lists(rule_texts(st.sampled_from(["allow", "ask", "deny"])), min_size=1, max_size=6), MODES, CALLS, LABELS
)  # fmt: skip
def test_every_rule_that_speaks_of_a_call_is_found_without_looking_at_each(
    texts: list[str], mode: Mode, call: tuple[AnyCall, Any, Any], labels: Labels
) -> None:
    declared, arguments, _ = call
    shelf = Book([*read("".join(texts), Layer.USER), *GUARDS]).shelf(declared)
    asked = Given(arguments, labels, mode)
    touched = shelf.touched(arguments)

    def is_near(rule: Rule) -> bool:
        return not rule.touches or any(
            glob.may_meet(each.path, reaches=each.reaches)
            for each in touched if each.is_changed or not rule.is_of_writes
            for glob in rule.touches
        )  # fmt: skip

    stating = [each for each in shelf.stating if is_near(each.rule) and each.holds(asked, touched)]
    allowing = [each for each in shelf.allowing if each.holds(asked, touched)]
    assert shelf.holding(asked) == [each.rule for each in (*stating, *allowing)]
    assert shelf.allowed(asked) == (allowing[0].decision if allowing else None)
    denials = [each.decision for each in stating if each.rule.verdict is Verdict.DENY]
    assert shelf.stated(asked) == (denials[:1] or [each.decision for each in stating])


@given(PATTERNS, WILD)
def test_what_lies_within_a_pattern_also_meets_it(text: str, path: str) -> None:
    glob = PathGlob(absolute(text, "/desk", "/home/ana"))
    if glob.holds(path):
        assert glob.may_meet(path, reaches=False)
        assert glob.may_meet(path, reaches=True)


@given(PATTERNS, PATHS, st.lists(NAMES, max_size=2))
def test_a_pattern_argument_meets_a_rule_that_one_of_its_names_would_meet(
    text: str, path: str, more: list[str]
) -> None:
    glob = PathGlob(absolute(text, "/desk", "/home/ana"))
    full = "/".join([path, *more])
    if not is_wild(full) and glob.may_meet(full, reaches=False):
        assert glob.may_meet(path, reaches=True) or not more or not is_beneath(glob.base, path)
        assert glob.may_meet(f"{full.rpartition('/')[0] or ''}/*", reaches=False)


@settings(deadline=None)
@given(
    CALLS, CALLS, LABELS, st.sampled_from(["asks-exec", "user:r"]), st.sampled_from(["asks-exec", "user:r"])
)
def test_a_grant_covers_no_other_call_place_program_host_or_question(
    first: tuple[AnyCall, Any, Any], second: tuple[AnyCall, Any, Any], labels: Labels, asked: str, later: str
) -> None:
    def made(one: tuple[AnyCall, Any, Any], source: Labels) -> Call:
        return Call("c", one[0].name, one[1], one[0].effect, tuple(one[2]), source, "mind")

    scope = scope_of(made(first, USER), Decision(Verdict.ASK, asked, "x"))
    if scope is None or not scope.covers(made(second, labels), Decision(Verdict.ASK, later, "x")):
        return
    assert labels.is_trusted
    assert second[0] is first[0]
    assert asked == later
    if second[0] is run:
        assert second[1]["argv"][: len(scope.parts)] == list(scope.parts)
        assert {**second[1], "argv": 0} == {**first[1], "argv": 0}
    elif second[0] is get:
        assert second[1]["url"].startswith("".join([scope.parts[0], "://", *scope.parts[1:]]))
    else:
        folder = Cap(Right.FS_WRITE, scope.parts[0])
        assert all(folder.covers(Right.FS_WRITE, path) and path != folder.scope for _, path in second[2])
        assert all(is_beneath(path, folder.scope) for _, path in first[2])
