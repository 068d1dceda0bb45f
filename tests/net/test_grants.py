"""Who may fetch what: hosts that are granted, asked about and refused; addresses in every spelling."""

import pytest

from kernel.call import Approval, Choice, Err, Ok
from kernel.journal.records import DecisionRow
from kernel.policy import Mode
from syscalls.labels import USER, labels_of
from tests.kernel.world import error_of
from tests.net.hosts import SITE, Web, host_at, lab, nobody


async def test_with_nobody_to_ask_a_fetch_is_refused_and_the_way_to_grant_it_named() -> None:
    web = Web(lab(), approver=nobody())
    symbol, text = error_of(await web("https://Example.org/a", origin="mind"))
    assert symbol == "EDENIED"
    assert "--allow-host example.org or --allow 'tool.fetch(example.org)'" in text
    assert error_of(await web("http://example.org:8080/"))[1].count("example.org:8080") == 3


@pytest.mark.parametrize("mode", Mode)
async def test_a_granted_host_is_fetched_from_unasked_but_in_mode_plan(mode: Mode) -> None:
    with host_at() as host:
        url = host.page("/a", b"x")
        reply = await Web(lab(), (f"{SITE}:{host.port}",), nobody(), mode)(url, origin="mind")
        assert isinstance(reply, Err) is (mode is Mode.PLAN)
        assert bool(host.asked) is (mode is not Mode.PLAN)


async def test_a_granted_host_answers_for_no_untrusted_value() -> None:
    untrusted = USER.join(labels_of(["file:/desk/a"], trusted=False))
    with host_at() as host:
        web = Web(lab(), (f"{SITE}:{host.port}",), nobody())
        reply = await web(host.url("/?secret"), untrusted, origin="mind")
        assert isinstance(reply, Err)
        assert host.asked == []


async def test_nobody_is_told_of_a_fetch_before_the_yes() -> None:
    class Looks:
        is_present = True

        def __init__(self) -> None:
            self.asked: list[Approval] = []

        async def approve(self, approval: Approval) -> Choice:
            self.asked.append(approval)
            return Choice.SCOPE if len(self.asked) == 1 else Choice.NO

    person = Looks()
    with host_at() as host:
        url = host.page("/a", b"x")
        host.page("/b", b"y")
        web = Web(lab(), approver=person)
        assert isinstance(await web(url), Ok)
        assert isinstance(await web(host.url("/b")), Ok)
        assert len(person.asked) == 1
        assert not person.asked[0].is_reversible
        assert isinstance(await web(host.url("/a", "other.test")), Err)
        assert host.asked == ["/a", "/b"]
    kinds = [row.record() for row in web.journal.rows() if row.kind == "decision"]
    assert [row.approved_by for row in kinds if isinstance(row, DecisionRow)] == ["user", "scope", "refused"]
