from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.shell.direct import Spoken, parse, quote, unparse
from apps.shell.render import escape
from syscalls import file, sys, tool, ui
from syscalls.errors import BadArgument, UnknownCall
from syscalls.table import Table

TABLE = Table([*file.CALLS, *sys.CALLS, *tool.CALLS, *ui.CALLS])
TEXT = st.text(max_size=20) | st.text(
    st.sampled_from("a\\\"'[]{}= ,\n\t\b\f\x1b\u202e\U0001f600nbu0:null"), max_size=12
)
NAMES = TEXT.filter(bool)


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        (":file.read README.md", {"path": "README.md"}),
        (":file.read path=README.md lines=5", {"path": "README.md", "lines": 5}),
        (":file.read 'my notes.txt'", {"path": "my notes.txt"}),
        (":file.read my\\ notes.txt", {"path": "my notes.txt"}),
        (":file.list", {}),
        (":file.list src", {"path": "src"}),
        (":file.list hidden", {"hidden": True}),
        (":file.list 'hidden'", {"path": "hidden"}),
        (":file.list hidden=no order=size", {"hidden": False, "order": "size"}),
        (":file.find name=*.py larger=10MB newer=2d", {"name": "*.py", "larger": 10**7, "newer": 172_800}),
        (":file.find larger=1.5MiB older=1h30m", {"larger": 1_572_864, "older": 5_400}),
        (":file.find larger='half a megabyte' older='last week'", {"larger": 500_000, "older": 604_800}),
        (":file.find kind=null", {"kind": None}),
        (":file.search TODO src", {"pattern": "TODO", "path": "src"}),
        (":file.search pattern='a=b'", {"pattern": "a=b"}),
        (':file.search "a=b"', {"pattern": "a=b"}),
        (r':file.search "\d+\bx" regex', {"pattern": r"\d+\bx", "regex": True}),
        (":file.search pattern=[abc] regex=yes", {"pattern": "[abc]", "regex": True}),
        (":file.search pattern=[1]", {"pattern": "[1]"}),
        (":file.copy a to=b", {"paths": ["a"], "to": "b"}),
        (":file.copy a b c dir", {"paths": ["a", "b", "c"], "to": "dir"}),
        (":file.delete a.txt b.txt", {"paths": ["a.txt", "b.txt"]}),
        (":file.delete paths=a.txt,b.txt", {"paths": ["a.txt", "b.txt"]}),
        (":file.delete paths=a.txt paths=b.txt", {"paths": ["a.txt", "b.txt"]}),
        (':file.delete paths=["a.txt", "b c"]', {"paths": ["a.txt", "b c"]}),
        (":file.delete paths='a,b.txt'", {"paths": ["a,b.txt"]}),
        (":file.delete a,b.txt", {"paths": ["a,b.txt"]}),
        (r':file.write n.txt content="one\ntwo"', {"path": "n.txt", "content": "one\ntwo"}),
        (r":file.write n.txt content='one\ntwo'", {"path": "n.txt", "content": r"one\ntwo"}),
        (":file.write n.txt content=", {"path": "n.txt", "content": ""}),
        (":file.mode 755 paths=a", {"paths": ["a"], "mode": "755"}),
        ("  :ui.choose  'Which?'  choices=red,green ", {"question": "Which?", "choices": ["red", "green"]}),
    ],
)  # fmt: skip
def test_a_line_means_these_arguments(line: str, arguments: dict[str, Any]) -> None:
    assert parse(TABLE, line) == Spoken(line.split()[0].removeprefix(":"), arguments)


@pytest.mark.parametrize(
    ("line", "area"), [(":", {}), (":file", {"area": "file"}), (": file. ", {"area": "file"})]
)
def test_a_colon_or_an_area_alone_lists_the_calls(line: str, area: dict[str, str]) -> None:
    assert parse(TABLE, line) == Spoken("tool.list", area)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (":file.read", "file.read: missing 'path'"),
        (":file.read a b", "file.read: one word too many: 'b'; say which field it is (first_line=, lines=, "
                           "limit_bytes=) or put text with spaces in quotes"),
        (":file.read pth=a", "file.read: unknown field 'pth'; it takes path, first_line, lines, limit_bytes"),
        (":file.read a lines=many", "file.read: lines: expected a whole number, got 'many'"),
        (":file.read a lines=1 lines=2", "file.read: lines was given 2 times; it takes a whole number"),
        (":file.find larger=huge",
         "file.find: larger: expected a size such as 500, 10kB, 1.5MB or 2GiB, got 'huge'"),
        (":file.find newer=soon",
         "file.find: newer: expected a time such as 90s, 30min, 2h, 3d, 1w or 1h30m, got 'soon'"),
        (":file.find order=random",
         "file.find: order: expected one of 'name', 'newest', 'oldest', 'size', 'smallest', got 'random'"),
        (":file.list hidden=maybe", "file.list: hidden: expected yes or no, got 'maybe'"),
        (":file.read 'a", "file.read: no end to what begins with \"'a\"; close the quote"),
        (":file.read a lines=0", "file.read: lines: expected minimum 1, got 0"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_what_would_be_accepted(line: str, says: str) -> None:
    with pytest.raises(BadArgument) as refusal:
        parse(TABLE, line)
    assert str(refusal.value).startswith(says)


def test_bytes_that_are_no_text_are_refused() -> None:
    for line in (":file.read a\udc80", r':file.read "\ud800"', r':file.delete paths=["\udfff"]'):
        with pytest.raises(BadArgument, match="UTF-8"):
            parse(TABLE, line)


def test_an_unknown_call_names_the_nearest() -> None:
    with pytest.raises(UnknownCall, match="did you mean"):
        parse(TABLE, ":file.raed x")
    with pytest.raises(UnknownCall):
        parse(TABLE, ":file x")


def test_the_canonical_line_is_the_one_of_the_conventions() -> None:
    assert unparse("file.delete", {"paths": ["/w/a.txt"]}) == 'file.delete paths=["/w/a.txt"]'


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"path": NAMES, "content": TEXT}, optional={"overwrite": st.booleans(), "parents": st.booleans()}
    )
)
def test_a_written_call_reads_back_as_the_same_call(arguments: dict[str, Any]) -> None:
    line = unparse("file.write", arguments)
    assert escape.line(line) == line
    assert parse(TABLE, f":{line}") == Spoken("file.write", arguments)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "path": NAMES,
            "name": NAMES | st.none(),
            "larger": st.integers(0, 2**62) | st.none(),
            "newer": st.integers(0, 10**11),
            "kind": st.sampled_from(["file", "folder", None]),
            "empty": st.booleans(),
            "limit": st.integers(1, 100_000),
        },
    )
)
def test_numbers_choices_and_nothing_read_back_too(arguments: dict[str, Any]) -> None:
    assert parse(TABLE, unparse("file.find", arguments)) == Spoken("file.find", arguments)


@settings(deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=4))
def test_quoted_words_read_back_as_a_list(paths: list[str]) -> None:
    line = f":file.delete {' '.join(f'paths={quote(path)}' for path in paths)}"
    assert parse(TABLE, line).arguments == {"paths": paths}
    assert parse(TABLE, unparse("file.delete", {"paths": paths})).arguments == {"paths": paths}


@settings(deadline=None)
@given(st.sampled_from(sorted(TABLE)), st.text(max_size=40))
def test_any_line_is_a_call_or_a_declared_refusal(name: str, rest: str) -> None:
    try:
        spoken = parse(TABLE, f":{name} {rest}")
    except (BadArgument, UnknownCall):
        return
    TABLE[spoken.name].check(spoken.arguments)
