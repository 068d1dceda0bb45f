"""Which hosts does a scope cover? `example.org`, `*.example.org`, `example.org:8080`; nothing heavy is imported here.

A target is a host with its port, which is left out where it is 80 or 443. A scope without a port
covers just those two.
"""

import re

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NUMERIC = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
USUAL_PORTS = (80, 443)


def is_name(host: str) -> bool:
    """Whether it is a host's name in lower case, and no spelling of an IP address.

    Resolvers take `2130706433`, `0x7f.1` and `0177.0.0.1` for addresses: any name whose last part is a number.
    """
    return _NAME.fullmatch(host) is not None and _NUMERIC.match(host.rpartition(".")[2]) is None


def is_scope(text: str) -> bool:
    """Whether it is a host, or `*.` and a domain, with or without a port."""
    host, colon, port = text.partition(":")
    return is_name(host.removeprefix("*.")) and (not colon or is_port(port))


def is_port(text: str) -> bool:
    """Whether it is a TCP port in plain decimals."""
    return re.fullmatch(r"[1-9][0-9]{0,4}", text) is not None and int(text) < 65_536


def target_of(host: str, port: int) -> str:
    """What a capability is held against."""
    return host if port in USUAL_PORTS else f"{host}:{port}"


def covers(scope: str, target: str) -> bool:
    """Whether a scope covers a target, or another scope; `*.example.org` is not `example.org`."""
    host, _, port = scope.partition(":")
    asked, _, asked_port = target.partition(":")
    if port != asked_port or not asked:
        return False
    return asked == host or (host.startswith("*.") and len(host) > 2 and asked.endswith(host[1:]))
