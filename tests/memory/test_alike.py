"""What says the same is given once; what differs in a word that counts is not."""

from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="needs the extra `memory`")

from memory.embedding import HashedWords
from memory.recall import Query, recall
from memory.record import New
from memory.store import Store
from syscalls.labels import Label, Labels


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "memory.db", HashedWords())


def found(store: Store, words: str, limit: int = 10) -> list[str]:
    return [hit.record.text for hit in recall(store, Query(text=words, limit=limit))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the staging server is at 10.0.0.5", "the staging server is at 10.0.0.6"),
        ("Anna is allergic to nuts", "Anna is not allergic to nuts"),
        ("Anna eats nuts", "Anna doesn't eat nuts"),
        ("I prefer tea over coffee", "I prefer coffee over tea"),
        ("deploy with make release", "never deploy with make release"),
        ("open the window before lunch", "open the window after lunch"),
        ("我喜欢喝茶", "我不喜欢喝茶"),
    ],
)
def test_what_differs_in_what_counts_is_never_merged(store: Store, one: str, other: str) -> None:
    store.add([New(text=one), New(text=other)])
    assert set(found(store, one)) == {one, other}


def test_the_same_words_and_one_word_more_of_almost_the_same_meaning_are_one_hit(store: Store) -> None:
    long = "the big grey printer near the window of the long corridor on the third floor prints green pages slowly"
    store.add(
        [New(text=long), New(text=f"{long}!", thread="a"), New(text=long.replace("pages", "paper pages"))]
    )
    (hit,) = recall(store, Query(text="which printer prints green pages?"))
    assert hit.why.endswith("2 more say so")


def test_a_thousand_copies_do_not_hide_what_else_is_known(store: Store) -> None:
    store.add([New(text="tea is in the kitchen", thread=f"t{number}") for number in range(1000)])
    store.add([New(text="the kitchen has a blue door")])
    assert found(store, "tea kitchen", 2) == ["tea is in the kitchen", "the kitchen has a blue door"]


def test_what_a_stranger_says_is_not_merged_with_what_the_person_said(store: Store) -> None:
    web = Labels((Label("web:example.org", trusted=False),))
    store.add(
        [New(text="the bank is closed on Monday"), New(text="the bank is closed on Monday", labels=web)]
    )
    assert len(found(store, "when is the bank closed?")) == 2
