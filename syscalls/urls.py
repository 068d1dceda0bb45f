"""How is the address of a page written, in exactly one way? What can be read in two is refused."""

import re

from syscalls.errors import BadArgument
from syscalls.hosts import is_name, is_port
from syscalls.table import shorten

ACCEPTED = "http:// or https:// and a host's name, such as https://example.org/a.txt"
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(?:#.*)?", re.S)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_KEPT = "/?:@!$&'()*+,;=%-._~[]"
_LONGEST = 4096


def canonical_url(text: str) -> str:
    """The address as it is decided on, shown and fetched: scheme and host in lower case, no fragment.

    Raises:
        BadArgument: another scheme, a user or password, an IP address in any spelling, or no plain host.
    """
    found = _PARTS.fullmatch(text)
    if found is None or _UNPRINTABLE.search(text):
        raise BadArgument(f"url {shorten(text)}: expected {ACCEPTED}")
    scheme, place, rest = found[1].lower(), found[2], found[3]
    if scheme not in _DEFAULT_PORTS:
        raise BadArgument(f"url {shorten(text)}: the scheme is {scheme!r}; expected {ACCEPTED}")
    if "@" in place:
        raise BadArgument("url: it holds a user or password; expected an address without any")
    host, colon, port = place.partition(":")
    host = _host(host, text)
    if colon and not is_port(port):
        raise BadArgument(f"url {shorten(text)}: expected a port from 1 to 65535 after the host's name")
    where = f":{port}" if colon and port != _DEFAULT_PORTS[scheme] else ""
    from urllib.parse import quote  # most sessions never need it

    path = quote(rest if rest.startswith("/") else f"/{rest}", safe=_KEPT)
    made = f"{scheme}://{host}{where}{path}"
    if len(made) > _LONGEST:
        raise BadArgument(f"url of {len(made)} characters; at most {_LONGEST} are accepted")
    return made


def parts_of(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path with query of a canonical address."""
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    host, _, port = place.partition(":")
    return scheme, host, int(port or _DEFAULT_PORTS[scheme]), slash + path


def _host(written: str, text: str) -> str:
    host = written.lower().removesuffix(".")
    if not host.isascii():
        raise BadArgument(f"url {shorten(text)}: the host is not in ASCII letters; expected {_ascii(host)}")
    if not is_name(host):
        raise BadArgument(
            f"url {shorten(text)}: {shorten(written)} is no host's name (IP addresses are not accepted); expected {ACCEPTED}"
        )
    return host


def _ascii(host: str) -> str:
    """What a foreign name is in the form that leaves no doubt."""
    try:
        made = host.encode("idna").decode()
    except UnicodeError:
        made = ""
    return f"its name as {made!r}" if is_name(made) else "its name in the form xn--..."
