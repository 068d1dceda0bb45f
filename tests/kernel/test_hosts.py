"""Which hosts and addresses may be reached: every spelling of an address, scopes, and what the proxy connects to."""

import socket

import pytest

from kernel.net.addresses import is_public
from kernel.net.proxy import Door, Refused
from syscalls.caps import Cap, Right
from syscalls.errors import BadArgument, NotPermitted
from syscalls.urls import canonical_url, parts_of

CLOSED = """0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1
240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::808:808 100::1 2001::1 2001:0:1::1 2001:db8::1 2002:7f00:1::1 3fff::1 fc00::1 fd12::1 fe80::1
fe80::1%eth0 2a00::1%eth0 fec0::1 ff02::1 localhost 2130706433 127.1""".split()
OPEN = (
    "1.1.1.1 8.8.8.8 172.32.0.1 100.128.0.1 192.0.1.1 2606:4700::1111 2a00:1450::1 64:ff9b::808:808".split()
)


@pytest.mark.parametrize("address", CLOSED)
def test_no_address_inside_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    """http://127.0.0.1/ http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/ http://0177.0.0.1/ http://127.1/
    http://127.0.0.1./ http://[::1]/ http://[::ffff:127.0.0.1]/ http://[fe80::1%25eth0]/ http://1.1.1.1/ http://0x/
    http://00000177.1/ https://8.8.8.8:443/ http://example.1/ http://%31%32%37.0.0.1/ http://\N{FULLWIDTH DIGIT ONE}27.0.0.1/
    http://a@example.org/ http://a:b@example.org/ http://example.org:0/ http://example.org:65536/ http://example.org:8o/
    http://example.org:/ ftp://example.org/ file:///etc/passwd javascript:alert(1) example.org //example.org/ http://
    http:/example.org http://exa_mple..org/ http://-a.org/ http://müller.example/
    http://example.org\\@evil.example/""".split(),
)  # fmt: skip
def test_what_is_no_plain_address_of_a_named_host_is_refused(url: str) -> None:
    with pytest.raises(BadArgument, match="url"):
        canonical_url(url)


@pytest.mark.parametrize(
    "url", ["http://example.org/a b", "http://example.org/\n", "http://ex ample.org/", "\x00http://a.b/"]
)
def test_blanks_and_control_characters_are_refused(url: str) -> None:
    with pytest.raises(BadArgument, match="url"):
        canonical_url(url)


@pytest.mark.parametrize(
    ("url", "canonical", "parts"),
    [
        ("HTTPS://Example.ORG", "https://example.org/", ("https", "example.org", 443, "/")),
        ("https://example.org.:443/A?b#c", "https://example.org/A?b", ("https", "example.org", 443, "/A?b")),
        ("http://example.org:443/", "http://example.org:443/", ("http", "example.org", 443, "/")),
        ("http://example.org?q=ä%20b", "http://example.org/?q=%C3%A4%20b", ("http", "example.org", 80, "/?q=%C3%A4%20b")),
        ("http://xn--mller-kva.example/", "http://xn--mller-kva.example/", ("http", "xn--mller-kva.example", 80, "/")),
    ],
)  # fmt: skip
def test_an_address_has_one_way_of_being_written(
    url: str, canonical: str, parts: tuple[str, str, int, str]
) -> None:
    assert canonical_url(url) == canonical == canonical_url(canonical)
    assert parts_of(canonical) == parts


@pytest.mark.parametrize(
    ("scope", "covered", "not_covered"),
    [
        ("example.org", ["example.org"], ["a.example.org", "example.org:8080", "example.org.evil", "", "xexample.org"]),
        ("*.example.org", ["a.example.org", "a.b.example.org", "*.b.example.org"], ["example.org", "aexample.org", "*.org"]),
        ("example.org:8080", ["example.org:8080"], ["example.org", "example.org:808"]),
        ("*.example.org:8080", ["a.example.org:8080"], ["a.example.org", "example.org:8080"]),
    ],
)  # fmt: skip
def test_a_granted_host_covers_itself_and_a_star_what_lies_below(
    scope: str, covered: list[str], not_covered: list[str]
) -> None:
    cap = Cap(Right.NET, scope)
    assert [each for each in covered if not cap.covers(Right.NET, each)] == []
    assert [each for each in not_covered if cap.covers(Right.NET, each)] == []
    with pytest.raises(NotPermitted):
        cap.mint("*")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("evil.test 80 5", "is not granted"), ("site.test 8080 5", "is not granted"), ("127.0.0.1 80 5", "no host's name"),
        ("site.test 80", "no host's name"), ("site.test 0x50 5", "no host's name"), ("SITE.test 80 5", "no host's name"),
        ("site.test\r 80 5", "no host's name"), ("[::1] 80 5", "no host's name"), ("a.site.test 80 5", "is not granted"),
        ("2130706433 80 5", "no host's name"), ("site.test 80 5", "not in the public internet"),
    ],
)  # fmt: skip
def test_the_proxy_connects_nowhere_else_whatever_the_jail_says(line: str, why: str) -> None:
    door = Door(["site.test"], 1, {"names": {"site.test": "127.0.0.1", "evil.test": "127.0.0.1"}})
    with pytest.raises(Refused, match=why):
        door.connect(line)


def test_one_address_inside_is_enough_to_refuse_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: found)
    with pytest.raises(Refused, match=r"10\.0\.0\.1, which is not in the public internet"):
        Door(["mixed.test"], 1, {}).addresses("mixed.test", 80)
