"""Coarse vectors choose, full ones decide: recalls among many records find what comparing all of them in full finds."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory import group
from memory.coarse import Coarse
from memory.embedding import HashedWords
from memory.group import Group, vectors_of
from memory.recall import Hit, Query, recall
from memory.record import New
from memory.store import Store

WORDS = (
    "amber basil cedar delta ember fjord grape hazel ivory jade kayak lemon maple north olive pearl".split()
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "memory.db", HashedWords())
    made.add(written(range(600)))
    yield made
    made.close()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred records are many."""
    monkeypatch.setattr(group, "COARSE", 100)
    monkeypatch.setattr("memory.recall.CLOSER", 200)
    monkeypatch.setattr("memory.recall.REFINED", 60)


def written(numbers: range) -> list[New]:
    chance = random.Random(numbers.start)
    return [New(text=f"{' '.join(chance.sample(WORDS, 4))} no. {number}") for number in numbers]


def asked(store: Store, text: str, **more: object) -> list[Hit]:
    return recall(store, Query(text=text, **more))  # type: ignore[arg-type]


def test_coarse_cosines_are_right_to_a_hundredth_those_by_signs_to_a_fifth_and_of_nothing_nothing() -> None:
    import numpy

    some = numpy.random.default_rng(0).standard_normal((500, 384)).astype(numpy.float32)
    some[4] = some[3] + some[4] / 2
    some /= numpy.linalg.norm(some, axis=1, keepdims=True)
    held = Coarse(384)
    held.grow(200)
    held.put(numpy.arange(200), some[:200])
    held.grow(700)
    held.put(numpy.arange(200, 500), some[200:])
    exact = some @ some[3]
    assert numpy.abs(held.cosines(numpy.arange(500), some[3]) - exact).max() < 0.01
    assert numpy.abs(held.by_signs(500, some[3]) - exact).max() < 0.25
    assert numpy.argsort(-held.by_signs(500, some[3]))[:2].tolist() == [3, 4]
    assert held.cosines(numpy.array([4, 3]), some[3]).tolist() == pytest.approx([exact[4], 1.0], abs=0.01)
    held.forget(3)
    assert held.cosines(numpy.array([3]), some[3]).tolist() == [0.0]
    assert held.cosines(numpy.arange(0), some[3]).shape == held.by_signs(0, some[3]).shape == (0,)


def test_recalls_by_coarse_vectors_find_what_recalls_by_vectors_find(store: Store, few: None) -> None:
    questions = [" ".join(random.Random(seed).sample(WORDS, 3)) for seed in range(30)]
    rough = [asked(store, each) for each in questions]
    assert store.view.group(store.base, "user", "fact").is_coarse
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(group, "COARSE", 10_000)
        store.view = type(store.view)(store.embedder.name)
        full = [asked(store, each) for each in questions]
    shared = [
        len({hit.record.id for hit in one} & {hit.record.id for hit in other})
        for one, other in zip(rough, full, strict=True)
    ]
    assert sum(shared) >= 0.99 * sum(map(len, full))
    assert [each[0].why for each in rough] == [each[0].why for each in full]


def test_a_group_that_becomes_large_is_coarse_from_then_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy

    monkeypatch.setattr(group, "COARSE", 700)
    assert asked(store, "amber")
    held: Group = store.view.group(store.base, "user", "fact")
    was = held.is_coarse
    store.add(written(range(600, 900)))
    (added,) = store.add([New(text="the zeppelin is moored at the pier")])
    assert asked(store, "where is the zeppelin moored?")[0].record.id == added.id
    assert (was, held.is_coarse) == (False, True)
    vector = store.embedder.embed(["zeppelin pier amber"])[0]
    exact = vectors_of(store.base, held.ids.tolist()) @ vector
    held.cosines(store.base, "user", "fact", vector)
    assert abs(held.closer(numpy.arange(len(held)), vector) - exact).max() < 0.02


def test_what_was_forgotten_leaves_nothing_coarse_behind(store: Store, few: None) -> None:
    (gone,) = store.add([New(text="the zeppelin is moored at the pier")])
    assert asked(store, "zeppelin")[0].record.id == gone.id
    store.forget(gone.id)
    assert gone.id not in [hit.record.id for hit in asked(store, "zeppelin", floor=False)]
    held = store.view.group(store.base, "user", "fact")
    assert not held.closer(held.ids[-1:] - held.ids[0], store.embedder.embed(["zeppelin"])[0]).any()


def test_among_a_thousand_that_say_the_same_the_others_are_found_too(
    store: Store, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.recall.CLOSER", 1_000)
    store.add([New(text="Amber basil!", space="project:x") for _ in range(3)])
    store.add([New(text=f"amber basil{'!' * number}") for number in range(900)])
    store.add([New(text="amber basil cedar are herbs")])
    found = [hit.record.text for hit in asked(store, "amber basil", limit=5)]
    assert len(found) == 5
    assert len(set(found)) == 5


def test_a_kind_of_few_is_compared_beside_one_of_many(store: Store, few: None) -> None:
    (rule,) = store.add([New(text="always answer in the amber colour", kind="preference")])
    found = asked(store, "amber colour", kinds=("fact", "preference"))
    assert found[0].record.id == rule.id
