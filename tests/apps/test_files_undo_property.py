"""Whatever is done, taking it back step by step gives exactly what was there before each step."""

import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syscalls import file
from syscalls.errors import SysError
from syscalls.table import AnyCall
from tests.apps.client import Desk, seen

NAMES = ["a", "b", "d", "d/a", "d/e", "d/e/b", "l", "d/l", "new/x", "empty", "gap*", "d/*"]
TEXTS = ["", "one\n", "one\ntwo\n", "no newline", "grün\r\nzwei\r\n"]
Step = tuple[str, dict[str, Any]]

name = st.sampled_from(NAMES)
some = st.lists(name, min_size=1, max_size=2)
moved = st.one_of(st.lists(name, min_size=1, max_size=1), some)
text = st.sampled_from(TEXTS)
STEPS = st.one_of(
    st.tuples(st.just("write"), st.fixed_dictionaries({"path": name, "content": text})),
    st.tuples(st.just("append"), st.fixed_dictionaries({"path": name, "content": text})),
    st.tuples(st.just("edit"), st.fixed_dictionaries({"paths": some, "old": st.just("one"), "new": text})),
    st.tuples(st.just("mkdir"), st.fixed_dictionaries({"paths": some})),
    st.tuples(
        st.sampled_from(["copy", "move"]),
        st.fixed_dictionaries({"paths": moved, "to": name, "overwrite": st.booleans()}),
    ),
    st.tuples(st.just("delete"), st.fixed_dictionaries({"paths": some})),
    st.tuples(
        st.just("mode"),
        st.fixed_dictionaries(
            {
                "paths": some,
                "mode": st.sampled_from(["600", "u+x", "go-rwx", "a+r"]),
                "recursive": st.booleans(),
            }
        ),
    ),
)
CALLS: dict[str, AnyCall] = {call.verb: call for call in file.CALLS}


def furnish(top: Path) -> None:
    """Files, folders and links of all sorts, old enough that every change shows."""
    (top / "d/e").mkdir(parents=True)
    (top / "empty").mkdir()
    (top / "a").write_text("one\ntwo\none\n")
    (top / "b").write_bytes(b"\x00\x01binary\xff")
    (top / "d/a").write_text("one")
    (top / "d/e/b").write_text("gr\xfcn\n", encoding="latin-1")
    (top / "l").symlink_to("a")
    (top / "d/l").symlink_to("nowhere")
    (top / "b").chmod(0o750)
    (top / "d/e").chmod(0o711)
    os.setxattr(top / "a", "user.colour", b"blue")
    for path in top.rglob("*"):
        os.utime(path, ns=(10**18, 10**18 + len(path.name)), follow_symlinks=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(steps=st.lists(STEPS, min_size=1, max_size=6))
def test_any_effects_taken_back_one_by_one_leave_the_tree_as_it_was(shared: Desk, steps: list[Step]) -> None:
    desk = shared.fresh()
    furnish(desk.at)
    done = []
    for verb, arguments in steps:
        before = seen(desk.at)
        try:
            desk(CALLS[verb], **arguments)
        except SysError:
            assert seen(desk.at) == before, f"a refused {verb} changed something"
            continue
        if desk.driver.undo:
            done.append((before, desk.driver.undo))
        else:
            assert seen(desk.at) == before, f"{verb} changed something that cannot be taken back"
    redo = []
    for before, undo in reversed(done):
        after = seen(desk.at)
        steps_again = desk.undo(undo)
        assert seen(desk.at) == before
        redo.append((after, steps_again))
    for after, again in reversed(redo):
        desk.undo(again)
        assert seen(desk.at) == after
    left = [path.name for path in desk.at.rglob(".aosh-*")]
    assert left == []
