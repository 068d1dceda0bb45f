"""A mistake in a rule file names file, line, what was given and what is accepted."""

import pytest

from kernel.rules.lines import Lines
from kernel.rules.reading import read_rules
from kernel.rules.rule import Layer
from kernel.rules.shorthand import short_rule
from kernel.rules.source import BadRules, Source
from kernel.verdicts import Verdict
from tests.kernel.test_rules import TABLE

R = '[[rule]]\nverdict = "deny"\ncall = "file.write"\n'

MISTAKES: dict[str, tuple[str, str]] = {
    "no TOML": ("[[rule]\n", "r.toml: this is not TOML: "),
    "a key of the file": ("x = 1\n", "r.toml:1: unknown key 'x'; accepted are rule"),
    "a misspelt table": ("[[rules]]\n", "r.toml:1: unknown key 'rules'; did you mean rule?; accepted are rule"),
    "a plain rule": ("rule = 3\n", "r.toml:1: rule: expected [[rule]] tables, got 3"),
    "a misspelt key": (R + 'raeson = "x"\n', "r.toml:4: unknown key 'raeson'; did you mean reason?; accepted"),
    "no verdict": ('\n[[rule]]\ncall = "*"\n', "r.toml:2: a rule needs 'verdict'"),
    "no call": ('[[rule]]\nverdict = "ask"\n', "r.toml:1: a rule needs 'call'"),
    "a misspelt verdict": (
        '[[rule]]\nverdict = "denny"\ncall = "*"\n',
        "r.toml:2: verdict: expected one of allow, ask, deny, got 'denny'; did you mean deny?",
    ),
    "an unknown call": (
        '[[rule]]\nverdict = "ask"\ncall = "file.wrte"\n',
        "r.toml:3: call: no call is 'file.wrte'; did you mean file.write?; `aosh syscalls` lists them",
    ),
    "an unknown area": ('[[rule]]\nverdict = "ask"\ncall = "fils.*"\n', "r.toml:3: call: no call is 'fils.*'"),
    "an unknown argument": (
        R + "[rule.where]\npth = 'a'\n",
        "r.toml:5: pth: no such argument; did you mean path?; there are ",
    ),
    "a path that is none": (
        R + "where = { path = 3 }\n",
        "r.toml:4: path: expected a path pattern such as \"src/**\", or a list of such, got 3",
    ),
    "braces": (R + 'touches = "a.{b,c}"\n', "r.toml:4: touches: expected a path with *, ?, [...] or **"),
    "touching nothing": (
        '[[rule]]\nverdict = "ask"\ncall = "far.run"\ntouches = "a"\n',
        "r.toml:4: touches: far.run names no files or folders",
    ),
    "a number that is none": (
        '[[rule]]\nverdict = "ask"\ncall = "far.get"\nwhere = { limit = "x" }\n',
        "r.toml:4: limit: expected a number, a list of such, or { min = 1, max = 9 } (limit is a integer)",
    ),
    "bounds the wrong way": (
        '[[rule]]\nverdict = "ask"\ncall = "far.get"\nwhere = { limit = { min = 9, max = 1 } }\n',
        "r.toml:4: limit: nothing lies between 9 and 1",
    ),
    "unknown bounds": (
        '[[rule]]\nverdict = "ask"\ncall = "far.get"\nwhere = { limit = { least = 9 } }\n',
        "r.toml:4: limit: expected { min = 1, max = 9 }, or one of them, got {'least': 9}",
    ),
    "an unknown effect": (R + 'effect = "wirte"\n', "r.toml:4: effect: expected one of none, read, write,"),
    "an unknown mode": (R + 'mode = "auto"\n', "r.toml:4: mode: expected one of plan, ask, accept-edits,"),
    "an unknown label": (
        R + 'labels = "untrusetd"\n',
        "r.toml:4: labels: expected trusted, untrusted or a source such as web:*, got 'untrusetd'; did you",
    ),
    "an allow by source": (
        '[[rule]]\nverdict = "allow"\ncall = "*"\nlabels = "untrusted"\n',
        "r.toml:4: a rule cannot allow by source: expected trusted or no labels, got 'untrusted'",
    ),
    "two of a name": (
        f'{R}name = "a"\n{R}name = "a"\n',
        "r.toml:8: name: two rules are called 'a'; names are unique in a file",
    ),
    "an example without a verdict": (
        R + '[[rule.example]]\ncall = ":file.write a"\n', "r.toml:4: an example needs 'verdict'"
    ),
    "a second example": (
        R + '[[rule.example]]\ncall = "x"\nverdict = "ask"\n[[rule.example]]\nverdict = "asks"\ncall = "x"\n',
        "r.toml:8: verdict: expected one of allow, ask, deny, got 'asks'; did you mean ask?",
    ),
    "text that is none": (R + "reason = 3\n", "r.toml:4: reason: expected text, got 3"),
}  # fmt: skip


def source(layer: Layer = Layer.USER) -> Source:
    return Source(layer, "r.toml", "/desk", "/home/ana")


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_names_file_line_what_was_given_and_what_is_accepted(case: str) -> None:
    text, begins = MISTAKES[case]
    with pytest.raises(BadRules) as caught:
        read_rules(text, source(), TABLE)
    assert str(caught.value).startswith(begins)


def test_a_project_may_only_tighten() -> None:
    text = f'{R}\n[[rule]]\nname = "loose"\nverdict = "allow"\ncall = "file.delete"\n'
    assert [rule.verdict for rule in read_rules(text, source(), TABLE)] == [Verdict.DENY, Verdict.ALLOW]
    with pytest.raises(
        BadRules, match=r"r\.toml:7: verdict: a project may only tighten: expected ask or deny"
    ):
        read_rules(text, source(Layer.PROJECT), TABLE)


def test_calls_of_a_plugin_that_is_not_installed_are_accepted() -> None:
    (rule,) = read_rules('[[rule]]\nverdict = "ask"\ncall = "weather.*"\n', source(), TABLE)
    assert (rule.name, rule.calls) == ("r.toml:1", ("weather.*",))


def test_lines_are_found_whatever_stands_between() -> None:
    text = (
        'a = """\n[[rule]]\nx = 1\n"""\n# [[rule]]\n[[rule]] # one\n"quoted" = 1\nwhere.path = 2\n'
        "[[rule]]\n  call = '''\n[[rule]]\n'''\n[rule.where]\npath = 1\n[[rule.example]]\n[[rule.example]]\ncall=1\n"
    )
    lines = Lines(text)
    assert lines.line(("rule", 0)) == 6
    assert lines.line(("rule", 0, "quoted")) == 7
    assert lines.line(("rule", 0, "where", "path")) == 8
    assert lines.line(("rule", 1, "call")) == 10
    assert lines.line(("rule", 1, "where", "path")) == 14
    assert lines.line(("rule", 1, "example", 1, "call")) == 17
    assert lines.line(("rule", 1, "example", 0, "verdict")) == 15
    assert lines.line(("nowhere",)) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("file.write(src/**)", "/desk/src/**"),
        ("file.write", ""),
        ("file.*(/etc/x)", "/etc/x"),
        ("far.run(git commit -m 'a b')", "argv = ['git', 'commit', '-m', 'a b']"),
        ("far.get(*.example.org)", "host = ['*.example.org']"),
        ("file.write(odd (name))", "/desk/odd (name)"),
    ],
)
def test_a_rule_in_few_words(text: str, says: str) -> None:
    rule = short_rule(text, Verdict.ALLOW, source(Layer.COMMAND_LINE), TABLE)
    told = [glob.text for glob in rule.touches] + [condition.words() for condition in rule.where]
    assert told == ([says] if says else [])
    assert rule.id == f"command-line:{text}"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("file.wrte", "--deny: no call is 'file.wrte'"),
        ("", "--deny: expected CALL or CALL(SCOPE), such as 'file.write(src/**)'"),
        ("file.write(src", "--deny: expected CALL or CALL(SCOPE)"),
        ("far.run('git)", '--deny: "far.run(\'git)": No closing quotation'),
        ("file.write(a[b)", "--deny: 'file.write(a[b)': expected a path with"),
    ],
)
def test_few_words_that_are_no_rule_are_refused(text: str, begins: str) -> None:
    with pytest.raises(BadRules) as caught:
        short_rule(text, Verdict.DENY, source(Layer.COMMAND_LINE), TABLE)
    assert str(caught.value).startswith(begins)
