"""Which IP addresses may be connected to? Public ones; everything else is somebody's inside."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address

_CLOSED_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
_OPEN_6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64: the last 32 bits are the IPv4 address that is meant."""


def is_public(text: str) -> bool:
    """Whether an address, as a resolver gives it, lies in the public internet.

    Not so: this host, private networks, link-local (cloud metadata among them), shared and carrier
    networks, documentation, multicast, reserved, tunnels (6to4, Teredo), mapped addresses, and what is no address.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address in _TRANSLATED:
        address = IPv4Address(int(address) & 0xFFFF_FFFF)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    return (
        address in _OPEN_6
        and address.scope_id is None
        and not any(address in network for network in _CLOSED_6)
    )
