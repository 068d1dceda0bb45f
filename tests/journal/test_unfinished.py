"""Nothing that is open is missed, however the rows lie and whenever one looks."""

from hypothesis import given
from hypothesis import strategies as st

from kernel.journal.effects import effects, open_effects
from kernel.journal.ram import RamJournal
from kernel.journal.records import UndoneRow
from kernel.journal.unfinished import Unfinished
from syscalls.errors import DriverDied
from tests.journal.rows import add, done, failed, intent, note

ACTS = st.tuples(
    st.sampled_from(["intent", "done", "failed", "died", "undone", "note", "look"]),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["a", "b"]),
)


@given(st.lists(ACTS, max_size=30))
def test_what_is_open_is_among_what_is_unfinished(script: list[tuple[str, str, str]]) -> None:
    journal = RamJournal()
    unfinished = Unfinished(journal)
    for what, call_id, session in script:
        match what:
            case "intent":
                add(journal, ("intent", intent(call_id)), session=session)
            case "done":
                add(journal, ("outcome", done(call_id)), session=session)
            case "failed":
                add(journal, ("outcome", failed(call_id)), session=session)
            case "died":
                add(journal, ("outcome", failed(call_id, DriverDied.code)), session=session)
            case "undone":
                add(journal, ("undone", UndoneRow(call_id, "9")), session=session)
            case "note":
                note(journal, "x", session=session)
            case "look":
                unfinished.sessions()
    left = {effect.session for effect in open_effects(effects(journal.rows()))}
    assert left == set() or unfinished.sessions()
    assert unfinished.sessions() == Unfinished(journal).sessions(), "looking in between changes nothing"


def test_what_ended_is_forgotten_and_what_crashed_stays() -> None:
    journal = RamJournal()
    unfinished = Unfinished(journal)
    add(journal, ("intent", intent("1")), ("intent", intent("2")), session="a")
    add(journal, ("intent", intent("3")), session="b")
    assert unfinished.sessions() == {"a", "b"}
    add(journal, ("outcome", done("1")), ("outcome", failed("2")), session="a")
    assert unfinished.sessions() == {"b"}
    add(journal, ("outcome", failed("3", DriverDied.code)), session="b")
    assert unfinished.sessions() == {"b"}
