"""What policy makes of a fetch, with no network in sight."""

import pytest

from kernel.call import Err
from kernel.policy import Decision, Mode, Policy, Verdict
from syscalls import tool
from syscalls.caps import Cap, Right
from syscalls.labels import USER, Labels, labels_of
from tests.kernel.world import Untouchable, World, agent

WEB = USER.join(labels_of(["web:evil.example"], trusted=False))


def decide(url: str, *scopes: str, labels: Labels = USER, mode: Mode = Mode.ACCEPT_EDITS) -> Decision:
    process = agent(caps=agent().caps | {Cap(Right.NET, scope) for scope in scopes})
    return Policy(mode).decide(process, tool.fetch, {"url": url}, [], labels)


@pytest.mark.parametrize(
    ("url", "scopes", "verdict"),
    [
        ("https://example.org/", (), Verdict.ASK), ("https://example.org/", ("example.org",), Verdict.ALLOW),
        ("http://example.org/", ("example.org",), Verdict.ALLOW), ("https://b.example/", ("example.org",), Verdict.ASK),
        ("https://example.org:8080/", ("example.org",), Verdict.ASK),
        ("https://example.org:8080/", ("example.org:8080",), Verdict.ALLOW),
        ("https://a.example.org/", ("*.example.org",), Verdict.ALLOW),
    ],
)  # fmt: skip
def test_what_is_granted_is_allowed_and_all_else_asked_about(
    url: str, scopes: tuple[str, ...], verdict: Verdict
) -> None:
    assert decide(url, *scopes).verdict is verdict


def test_a_granted_host_lifts_neither_mode_plan_nor_what_labels_ask() -> None:
    assert decide("https://example.org/", "example.org", mode=Mode.PLAN).verdict is Verdict.DENY
    assert decide("https://example.org/", mode=Mode.DENY_UNLISTED).verdict is Verdict.DENY
    assert decide("https://example.org/", "example.org", labels=WEB).rule == "untrusted-argument"


@pytest.mark.parametrize("mode", Mode)
async def test_what_is_asked_about_reaches_no_server_before_the_yes(mode: Mode) -> None:
    world = World(mode=mode, server=Untouchable())
    assert isinstance(await world("tool.fetch", {"url": "https://example.org/"}), Err)
