"""Why a call was made, read from the journal: which rule, who said yes, and how its values came there."""

import pytest

from kernel.call import Choice, Ok, Proposal
from kernel.origins import How, Origin
from kernel.reasons import explain, untrusted
from syscalls.errors import NotFound
from syscalls.labels import USER, labels_of
from tests.kernel.world import Disk, Person, World, soon

WEB = USER.join(labels_of(["web:evil.org"], trusted=False))


async def test_a_chain_leads_back_through_moves_and_copies_to_what_wrote_a_file(disk: Disk) -> None:
    async with soon():
        wrote = await disk.gate(
            disk.process, Proposal("file.write", {"path": "a.txt", "content": "page"}, WEB, "app:browser")
        )
    assert not isinstance(wrote, Ok)
    disk = disk.but(approver=Person(Choice.ONCE))
    async with soon():
        wrote = await disk.gate(
            disk.process, Proposal("file.write", {"path": "a.txt", "content": "page"}, WEB, "app:browser")
        )
    copied = await disk("file.copy", paths=["a.txt"], to="b.txt")
    await disk("file.move", paths=["b.txt"], to="c.txt")
    read = await disk("file.read", path="c.txt")
    assert isinstance(wrote, Ok)
    assert isinstance(copied, Ok)
    assert isinstance(read, Ok)
    found = explain(disk.journal, read.call.id)
    assert [(link.source.rpartition("/")[2], link.by) for link in found.chain] == [
        ("c.txt", copied.call.id),
        ("a.txt", wrote.call.id),
    ]
    assert untrusted(found.chain[-1].sources) == ["web:evil.org"]
    whole = explain(disk.journal, wrote.call.id)
    assert [(ruling.rule, ruling.approved_by) for ruling in whole.rulings] == [("untrusted-path", "user")]
    assert (whole.wanted_by, whole.outcome) == ("app:browser", "done")


async def test_the_last_call_is_explained_where_none_is_named_and_looks_of_the_kernel_are_passed_over() -> (
    None
):
    world = World()
    world.files.texts["/desk/a.txt"] = "alpha\n"
    with pytest.raises(NotFound, match="no call was made here yet"):
        explain(world.journal, "")
    origin = Origin(How.TEXT, WEB, ("stdin", "c9"))
    async with soon():
        await world.gate(
            world.process, Proposal("file.read", {"path": "a.txt"}, WEB, "mind", origins={"path": origin})
        )
        await world.gate(world.process, Proposal("file.list", {}, origin="kernel"))
    found = explain(world.journal, "")
    assert found.name == "file.read"
    (argument,) = found.arguments
    assert argument.how == "text that was read"
    assert argument.found_in == ("what was piped in with the request", "c9")


async def test_an_id_must_be_one_and_long_enough(world: World) -> None:
    await world("file.read", {"path": "a.txt"})
    (decision,) = world.decisions()
    assert explain(world.journal, decision.call_id[:4]).call_id == decision.call_id
    for wrong in (decision.call_id[:3], "nonsense"):
        with pytest.raises(NotFound, match="expected one of `aosh history`"):
            explain(world.journal, wrong)


async def test_a_refused_call_says_that_it_was_not_carried_out() -> None:
    world = World()
    world.files.texts["/desk/a.txt"] = "alpha\n"
    await world("file.delete", {"paths": ["a.txt"]})
    found = explain(world.journal, "")
    assert found.rulings[0].approved_by == "nobody"
    assert found.outcome.startswith("failed: file.delete needs a yes")
