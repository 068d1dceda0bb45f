"""A call by name is the call it names: checked, decided, asked about and journalled as that one."""

from typing import Any

import msgspec
import pytest

from kernel.call import Choice, Ok, Proposal, Reply
from kernel.drivers.port import Answer, Prepared
from kernel.gate import Gate
from kernel.journal.ram import RamJournal
from kernel.journal.records import DECISION_KINDS, decision_in
from kernel.origins import SAID, How, Origin
from kernel.plugins import call_of
from kernel.policy import Mode, Policy
from kernel.process import Process, workspace_caps
from syscalls.labels import STDIN, USER, Labels
from syscalls.table import AnyCall, Table
from syscalls.undo import Plan
from tests.kernel.world import CALLS, Person, Untouchable, error_of

SCHEMA = {
    "type": "object", "properties": {"value": {"type": "number"}}, "required": ["value"], "additionalProperties": False,
}  # fmt: skip
RESULT = {"type": "object"}


def page(verb: str, number: int, effect: str) -> dict[str, Any]:
    names = {"name": f"weather.{verb}", "number": number, "doc": "It does.", "effect": effect}
    return {**names, "schema": SCHEMA, "result_schema": RESULT}


CONVERT, WIPE = (
    call_of("weather", page("convert", 1, "none")),
    call_of("weather", page("wipe", 2, "delete")),
)


class Weather:
    """Remembers what reached it."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, dict[str, Any]]] = []

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        self.reached.append((call.name, arguments))
        return Answer(msgspec.Raw(msgspec.msgpack.encode({"value": 32.0})))

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        self.reached.append((call.name, arguments))
        return Pending(self)


class Pending:
    """An effect of the weather."""

    plan = Plan((), ())

    def __init__(self, weather: Weather) -> None:
        self._weather = weather

    async def commit(self) -> Answer:
        return Answer(msgspec.Raw(msgspec.msgpack.encode({"value": 0.0})))

    async def abort(self) -> None:
        self._weather.reached.append(("abort", {}))


class Desk:
    """A gate with the app installed."""

    def __init__(self, *answers: Any, apps: tuple[str, ...] = ("weather",), server: Any = None) -> None:
        self.weather, self.person, self.journal = Weather(), Person(*answers), RamJournal()
        self.process = Process(1, "", workspace_caps(["/desk"], apps), cwd="/desk", home="/h")
        table = Table((*CALLS, CONVERT, WIPE))
        self.gate = Gate(
            table, server or self.weather, Policy(Mode.ACCEPT_EDITS), self.journal, "s", self.person
        )

    async def __call__(
        self, name: str, arguments: object, labels: Labels = USER, origins: dict[str, Origin] | None = None
    ) -> Reply:
        asked = {"name": name, "arguments": arguments}
        proposal = Proposal("tool.call", asked, labels, "mind", origins=origins or {})
        return await self.gate(self.process, proposal)

    def decided(self) -> list[str]:
        rows = self.journal.rows(kinds=DECISION_KINDS)
        return [found.name for row in rows if (found := decision_in(row.record())) is not None]


async def test_a_call_by_name_is_made_and_journalled_as_the_call_it_names() -> None:
    desk = Desk()
    reply = await desk("weather.convert", {"value": 0})
    assert isinstance(reply, Ok)
    assert (reply.call.name, reply.call.arguments, reply.value.text()) == (
        "weather.convert", {"value": 0}, "value: 32.0\n",
    )  # fmt: skip
    assert desk.weather.reached == [("weather.convert", {"value": 0})]
    assert desk.decided() == ["weather.convert"]


@pytest.mark.parametrize(
    ("name", "arguments", "symbol", "text"),
    [
        ("weather.convert", {}, "EINVAL", "weather.convert: missing 'value'"),
        ("weather.convert", {"value": "x"}, "EINVAL", "weather.convert: value: expected number"),
        ("weather.convert", {"value": 1, "more": 1}, "EINVAL", "unknown field 'more'"),
        ("weather.convert", [], "EINVAL", "tool.call: arguments: expected object"),
        ("weather.gone", {}, "EINVAL", "MCP servers are not available yet"),
        ("tool.call", {"name": "weather.convert", "arguments": {"value": 1}}, "EINVAL", "no call of an app"),
        ("file.delete", {"paths": ["a"]}, "EINVAL", "no call of an app"),
        ("file.revert", {"paths": ["a"], "steps": []}, "EINVAL", "no call of an app"),
    ],
)
async def test_what_it_does_not_take_reaches_nobody(
    name: str, arguments: object, symbol: str, text: str
) -> None:
    desk = Desk(server=Untouchable())
    found = error_of(await desk(name, arguments))
    assert found[0] == symbol
    assert text in found[1]


async def test_without_the_right_to_the_app_it_is_denied() -> None:
    desk = Desk(apps=(), server=Untouchable())
    assert "no right 'app' on 'weather'" in error_of(await desk("weather.convert", {"value": 1}))[1]


async def test_what_the_named_call_would_be_asked_about_is_asked_about() -> None:
    desk = Desk(Choice.NO)
    assert error_of(await desk("weather.wipe", {"value": 1}))[0] == "EDENIED"
    assert [asked.call.line() for asked in desk.person.asked] == ["weather.wipe value=1"]
    assert desk.weather.reached[-1] == ("abort", {})


async def test_where_its_arguments_came_from_stays_with_them() -> None:
    desk = Desk(Choice.NO)
    labels = USER.join(STDIN)
    origins = {"name": SAID, "arguments": Origin(How.TEXT, labels)}
    await desk("weather.wipe", {"value": 1}, labels, origins)
    (asked,) = desk.person.asked
    assert "untrusted-argument" in asked.decision.questions
    assert asked.call.origins["value"].labels == labels
