"""Labels say where a value came from; joining them forgets no source and never adds trust."""

from hypothesis import given
from hypothesis import strategies as st

from syscalls.labels import NONE, STDIN, USER, Label, Labels, labels_of

LABELS = st.frozensets(
    st.builds(Label, st.sampled_from(["user", "stdin", "file:/a", "web:x.org", "memory:1"]), st.booleans())
).map(lambda found: Labels(tuple(sorted(found))))


@given(LABELS, LABELS, LABELS)
def test_joining_is_a_semilattice(a: Labels, b: Labels, c: Labels) -> None:
    assert a.join(a) == a
    assert a.join(b) == b.join(a)
    assert a.join(b).join(c) == a.join(b.join(c)) == a.join(b, c)
    assert a.join(NONE) == NONE.join(a) == a.join() == a


@given(st.lists(LABELS))
def test_a_join_is_never_more_trusted_than_a_part(parts: list[Labels]) -> None:
    assert NONE.join(*parts).is_trusted is all(part.is_trusted for part in parts)


@given(st.lists(LABELS))
def test_a_join_keeps_every_source_and_invents_none(parts: list[Labels]) -> None:
    assert set(NONE.join(*parts).items) == {label for part in parts for label in part.items}


def test_one_untrusted_source_makes_the_whole_untrusted() -> None:
    assert USER.is_trusted
    assert not STDIN.is_trusted
    assert not USER.join(STDIN).is_trusted


def test_what_the_kernel_made_itself_is_trusted() -> None:
    assert NONE.is_trusted


def test_a_source_may_be_trusted_in_one_place_and_not_in_another_and_the_doubt_wins() -> None:
    assert not labels_of(["file:/a"], trusted=True).join(labels_of(["file:/a"], trusted=False)).is_trusted


def test_sources_are_sorted_and_without_doubles() -> None:
    assert labels_of(["b", "a", "b"], trusted=True).items == (Label("a", True), Label("b", True))
