"""Requests about agents and their share of the machine are read by their form."""

import pytest

from kernel.reader.names import Names
from kernel.reader.reader import Reader
from syscalls import file, proc, sched, sys, tool

MENU = [
    call for call in (*file.CALLS, *tool.CALLS, *sched.CALLS, *sys.CALLS, *proc.CALLS) if not call.is_hidden
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(MENU)


@pytest.mark.parametrize(
    ("said", "name", "arguments"),
    [
        ("give the indexer half the machine", "proc.nice", {"agent": "indexer", "share": 50}),
        ("please give agent 3 a quarter of the cpu", "proc.nice", {"pid": 3, "share": 25}),
        ("let the test runner have 80% of the processors", "proc.nice", {"agent": "test runner", "share": 80}),
        ("give the backup job two thirds of the machine!", "proc.nice", {"agent": "backup", "share": 67}),
        ("slow down agent 4", "proc.nice", {"pid": 4, "nice": 10}),
        ("lower the priority of the indexer agent", "proc.nice", {"agent": "indexer", "nice": 10}),
        ("raise the priority of agent 2", "proc.nice", {"pid": 2, "nice": -5}),
        ("stop agent 3", "proc.kill", {"pid": 3}),
        ("kill the indexer agent", "proc.kill", {"agent": "indexer"}),
        ("pause agent number 12", "proc.suspend", {"pid": 12}),
        ("resume the indexer agent", "proc.resume", {"agent": "indexer"}),
        ("stop the backup job", "sched.stop", {"job": "backup"}),
        ("what is eating my cpu?", "sys.processes", {"order": "cpu"}),
        ("how much disk is left?", "sys.status", {"part": "disk"}),
        ("what are my limits?", "proc.budget", {}),
        ("list my agents", "proc.list", {}),
    ],
)  # fmt: skip
def test_it_is_read_as_the_one_call_it_asks_for(
    reader: Reader, said: str, name: str, arguments: dict[str, object]
) -> None:
    (reading,) = reader.read(said, Names(()))
    assert reading.wording is not None
    assert (reading.wording.call.name, reading.binding.arguments) == (name, arguments)
    assert reading.sureness >= 0.7
    assert not reading.leftover


@pytest.mark.parametrize(
    "said",
    ["give me half the file", "give the cat half the fish", "stop it", "give the indexer 0% of the machine"],
)
def test_what_names_neither_an_agent_nor_the_machine_is_none_of_it(reader: Reader, said: str) -> None:
    found = [
        each.wording.call.name for each in reader.read(said, Names(())) if each.wording and each.is_exact
    ]
    assert not [name for name in found if name.startswith("proc.")]
