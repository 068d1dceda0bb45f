"""Tier L has no network: no socket can be made, and inherited ones cannot be aimed elsewhere."""

import socket

import pytest

from kernel.jail.spawn import spawn
from kernel.jail.spec import JailError, JailSpec
from tests.jail.world import Try, World

pytestmark = pytest.mark.usefixtures("jail")

SOCKETS = {
    "TCP": (socket.AF_INET, socket.SOCK_STREAM),
    "UDP": (socket.AF_INET, socket.SOCK_DGRAM),
    "TCP over IPv6": (socket.AF_INET6, socket.SOCK_STREAM),
    "UDP over IPv6": (socket.AF_INET6, socket.SOCK_DGRAM),
    "Unix stream": (socket.AF_UNIX, socket.SOCK_STREAM),
    "Unix datagram": (socket.AF_UNIX, socket.SOCK_DGRAM),
    "netlink": (socket.AF_NETLINK, socket.SOCK_RAW),
    "packet": (socket.AF_PACKET, socket.SOCK_RAW),
}


@pytest.mark.parametrize("kind", SOCKETS)
def test_no_socket_can_be_made(kind: str, attempt: Try) -> None:
    family, type_ = SOCKETS[kind]
    assert attempt("make_socket", str(int(family)), str(int(type_)), accept=True) == "EPERM"


def test_no_name_is_resolved(attempt: Try) -> None:
    assert not attempt("resolve", "localhost").startswith("did")


def test_a_pair_of_streams_can_be_made_but_not_of_datagrams(attempt: Try) -> None:
    assert attempt("make_pair", str(int(socket.SOCK_STREAM))) == "did pair"
    assert attempt("make_pair", str(int(socket.SOCK_DGRAM))) == "EPERM"


@pytest.mark.parametrize("address", ["@aosh-test", "path"])
def test_an_inherited_socket_cannot_be_connected_elsewhere(address: str, world: World, attempt: Try) -> None:
    where = address if address.startswith("@") else f"{world.outside}/listening"
    with socket.socket(socket.AF_UNIX) as target, socket.socket(socket.AF_UNIX) as given:
        target.bind(where.replace("@", "\0"))
        target.listen()
        assert attempt("connect_inherited", str(given.fileno()), where, fds=(given.fileno(),)) == "EPERM"
        given.connect(where.replace("@", "\0"))


def test_a_datagram_socket_is_not_handed_to_a_jail() -> None:
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as given,
        pytest.raises(JailError, match="pass a stream or seqpacket"),
    ):
        spawn(JailSpec(), "tests.jail.attempts", name="x", pass_fds=(given.fileno(),))


@pytest.mark.parametrize("accept", [True, False])
def test_an_inherited_listener_accepts_only_when_granted(accept: bool, world: World, attempt: Try) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(f"{world.outside}/listening")
        listener.listen()
        client.connect(f"{world.outside}/listening")
        client.sendall(b"hello")
        said = attempt("accept_and_echo", str(listener.fileno()), fds=(listener.fileno(),), accept=accept)
        assert said == ("did echo" if accept else "EPERM")
        if accept:
            assert client.recv(10) == b"hello"
