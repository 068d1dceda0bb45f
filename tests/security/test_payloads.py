"""Hostile paths in every path argument of every call, through the real gate and the real jailed driver."""

from pathlib import Path

import pytest

from evals.security import payloads
from evals.security.arena import CARELESS, Person
from evals.security.bench import SECRET, Watch, data_folder, kernel_in, world
from evals.security.leaks import leaks
from evals.security.payloads import Payloads
from evals.security.spellings import OWN, lines_of, spellings
from kernel.call import NoApprover, Ok, Proposal
from syscalls.built_in import BUILT_IN
from syscalls.table import Table

FEW_HUNDRED = 29
"""Each 29th call of the own texts; a prime, so that every slot has its turn."""
FEW_OF_ALL = 211


async def test_no_hostile_path_shows_or_changes_anything_outside() -> None:
    for result in (await payloads.measure((), FEW_HUNDRED)).values():
        assert result.escapes == []
        assert result.calls > 30
        assert result.refused["EDENIED"] > 10


async def test_harmless_odd_names_work_in_every_call() -> None:
    result = Payloads()
    await payloads.odd_names(result, ("..foo", "a..b", "-rf", "new\nline", "\N{GRINNING FACE} two", "$(id)"))
    assert result.odd_failed == []
    assert result.odd > 100


async def test_no_published_payload_shows_or_changes_anything_outside() -> None:
    folder = data_folder()
    if folder is None:
        pytest.skip("the published payload lists are not here (AOSH_DATA names their folder)")
    result = Payloads()
    await payloads.attack(NoApprover(), lines_of(folder), result, FEW_OF_ALL)
    assert result.escapes == []
    assert result.calls > 60


@pytest.mark.slow
async def test_no_spelling_of_any_payload_in_any_slot_escapes() -> None:
    folder = data_folder()
    for result in (await payloads.measure(lines_of(folder) if folder else ())).values():
        assert result.escapes == []
        assert result.odd_failed == []


async def test_the_measure_sees_an_escape() -> None:
    """With a person who says yes to everything the planted secret is shown, and that is noticed."""
    with world() as place:
        async with kernel_in(place, Person(CARELESS), Watch()) as kernel:
            before = place.outside()
            shown = await kernel.gate(kernel.process, Proposal("file.read", {"path": "../secret.txt"}))
            assert leaks(shown) == SECRET
            assert place.outside() == before
            written = await kernel.gate(
                kernel.process, Proposal("file.write", {"path": "../new.txt", "content": "x"})
            )
            assert isinstance(written, Ok), written
            assert place.outside() != before


def test_every_path_argument_of_the_table_is_attacked() -> None:
    entries = Table(BUILT_IN).values()
    for entry in entries:
        for slot in entry.fields:
            if slot.is_path:
                arguments = payloads.arguments_for(entry, slot, "../x")
                entry.check(arguments)
                assert arguments[slot.name] in ("../x", ["../x"])


def test_a_text_is_decoded_in_all_ways_and_aimed_at_what_was_planted() -> None:
    found = spellings(["%252e%252e%252fetc%252fpasswd", "..%c0%af", "%u002e%u002e/x", "..\\x"], Path("/r"))
    assert {"../etc/passwd", "../r/secret.txt", "../secret.txt", "../", "../x"} <= set(found)
    assert len(found) == len(set(found))
    assert set(OWN) <= set(spellings(OWN, Path("/r")))
