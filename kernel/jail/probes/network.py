"""Attempts to reach somebody by a socket."""

import socket

from kernel.jail.probes.world import Missing, World


def tcp(world: World) -> str:
    """Connect to a local TCP server."""
    return _connect(socket.AF_INET, ("127.0.0.1", world["tcp"]))


def udp(world: World) -> str:
    """Send a datagram to a local server."""
    return _send(("127.0.0.1", world["udp"]))


def ipv6(world: World) -> str:
    """Connect to a local server over IPv6."""
    if not world["tcp6"]:
        raise Missing("this machine has no IPv6")
    return _connect(socket.AF_INET6, ("::1", world["tcp6"]))


def dns(world: World) -> str:
    """A question for "aosh", as a resolver would send it."""
    del world
    return _send(("127.0.0.1", 53), b"\1\2\1\0\0\1\0\0\0\0\0\0\4aosh\0\0\1\0\1")


def abstract_socket(world: World) -> str:
    """Connect to an abstract Unix socket."""
    return _connect(socket.AF_UNIX, "\0" + world["abstract"])


def path_socket(world: World) -> str:
    """Connect to a Unix socket by its path."""
    return _connect(socket.AF_UNIX, world["path_socket"])


def retarget(world: World) -> str:
    """Aim a datagram socket pair at another socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.sendto(b"x", world["datagrams"])
    return "sent"


def _connect(family: int, address: object) -> str:
    with socket.socket(family, socket.SOCK_STREAM) as mine:
        mine.settimeout(2)
        mine.connect(address)  # type: ignore[arg-type]
    return "connected"


def _send(address: tuple[str, int], content: bytes = b"x") -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.sendto(content, address)
    return "sent"
