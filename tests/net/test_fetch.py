"""Fetching from a real host, well-behaved and hostile, through proxy and jail."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from kernel.call import Err, Ok
from syscalls.errors import DeviceFailed, NotPermitted, NotText, SysError, TimedOut, TooBig
from syscalls.labels import labels_of
from tests.kernel.world import error_of
from tests.net.hosts import LOCAL, OTHER, PEM, SITE, Host, Web, host_at, lab, packed


@pytest.fixture
def host() -> Iterator[Host]:
    with host_at() as made:
        yield made


async def failing(url: str, kind: type[SysError], web: Web | None = None, **rest: Any) -> str:
    reply = await (web or Web(lab()))(url, **rest)
    assert isinstance(reply, Err), reply
    assert isinstance(reply.error, kind), repr(reply.error)
    return str(reply.error)


async def test_a_text_comes_back_with_what_is_known_of_it_and_is_untrusted(host: Host) -> None:
    url = host.page("/a.txt", b"hello\n", "text/plain; charset=utf-8")
    reply = await Web(lab())(f"{url}#part")
    assert isinstance(reply, Ok)
    value = reply.value
    assert (value.url, value.status, value.content_type) == (url, 200, "text/plain")  # type: ignore[attr-defined]
    assert value.text() == "hello\n" == value.taken()
    web = labels_of([f"web:{SITE}"], trusted=False)
    assert set(web.items) <= set(reply.labels.items)
    assert not reply.labels.is_trusted


async def test_a_request_carries_no_cookies_and_nothing_of_this_machine(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{LOCAL}:1")
    host.page("/end", b"ok")
    host.page("/start", b"", status=302, Location="/end", Set_Cookie="a=b")
    assert (await Web(lab()).fetched(host.url("/start"))).content == "ok"
    assert [sorted(each) for each in host.headers] == [
        ["Accept", "Accept-Encoding", "Connection", "Host", "User-Agent"]
    ] * 2
    assert host.headers[0]["User-Agent"] == "aosh"


async def test_what_is_longer_than_asked_for_is_cut_and_nothing_can_take_it_for_all(host: Host) -> None:
    value = await Web(lab()).fetched(host.url("/endless"), limit_bytes=1000)
    assert (value.size_bytes, value.cut) == (1000, "cut at 1000 bytes")
    assert value.text().endswith("... cut at 1000 bytes\n")
    with pytest.raises(TooBig, match="limit_bytes"):
        value.taken()


async def test_exactly_as_much_as_asked_for_is_not_cut(host: Host) -> None:
    value = await Web(lab()).fetched(host.page("/a", b"x" * 1000), limit_bytes=1000)
    assert (value.size_bytes, value.cut) == (1000, "")


async def test_what_a_host_does_not_finish_is_said_to_be_short(host: Host) -> None:
    value = await Web(lab()).fetched(host.url("/short"))
    assert (value.content, value.cut) == ("half", "cut at 4 bytes: the host hung up")


async def test_a_slow_body_is_cut_when_the_time_is_over(host: Host) -> None:
    value = await Web(lab()).fetched(host.url("/dribbled"), timeout_s=1)
    assert value.cut.endswith("the 1 s were over")
    assert value.size_bytes > 0


@pytest.mark.parametrize("path", ["/dribble", "/silent"])
async def test_headers_that_do_not_come_end_when_the_time_is_over(host: Host, path: str) -> None:
    assert "within 1 s" in await failing(host.url(path), TimedOut, timeout_s=1)


@pytest.mark.parametrize("path", ["/huge", "/continues", "/garbage"])
async def test_what_is_no_http_is_refused(host: Host, path: str) -> None:
    assert "did not answer as HTTP should" in await failing(host.url(path), DeviceFailed)


async def test_a_bomb_unpacks_no_further_than_asked_for(host: Host) -> None:
    url = host.page("/bomb", packed(bytes(200 << 20)), Content_Encoding="gzip")
    value = await Web(lab()).fetched(url, limit_bytes=100_000)
    assert (value.size_bytes, value.cut) == (100_000, "cut at 100000 bytes")


async def test_what_is_packed_is_unpacked_and_unknown_packing_is_refused(host: Host) -> None:
    assert (await Web(lab()).fetched(host.page("/z", packed(b"hi"), Content_Encoding="gzip"))).content == "hi"
    cut = await Web(lab()).fetched(host.page("/h", packed(b"hi" * 99)[:-9], Content_Encoding="gzip"))
    assert cut.cut.endswith("the host hung up")
    assert "'br'" in await failing(host.page("/br", b"hi", Content_Encoding="br"), DeviceFailed)


async def test_of_binary_content_come_size_and_hash(host: Host) -> None:
    value = await Web(lab()).fetched(host.page("/a.png", b"\x89PNG\0", "image/png"))
    assert (value.is_text, value.content, value.size_bytes) == (False, "", 5)
    assert value.sha256 == hashlib.sha256(b"\x89PNG\0").hexdigest()
    with pytest.raises(NotText, match="image/png"):
        value.taken()
    as_text = await Web(lab()).fetched(host.url("/a.png"), as_text=True)
    assert as_text.content == "\ufffdPNG\0"


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("latin-1", b"\xe4", "ä"), ("utf-8", b"\xe4", "\ufffd"), ("rot13", b"nop", "nop"), ("zip", b"nop", "nop"),
        ("no-such", "ä".encode(), "ä"), ("utf-16", "ä".encode("utf-16"), "ä"), ("'", b"x", "x"),
        ("utf-8", b"\xef\xbb\xbfx", "x"), ("x" * 5000, b"x", "x"),
    ],
)  # fmt: skip
async def test_a_wrong_character_set_is_no_harm(host: Host, charset: str, body: bytes, text: str) -> None:
    url = host.page("/a", body, f"text/plain; charset={charset}")
    assert (await Web(lab()).fetched(url)).content == text


async def test_an_answer_of_failure_is_shown_and_nothing_is_taken_from_it(host: Host) -> None:
    value = await Web(lab()).fetched(host.url("/none"))
    assert value.text() == f"none\nHTTP status 404 from {host.url('/none')}\n"
    with pytest.raises(NotText, match="404"):
        value.taken()


# redirects


async def test_a_redirect_to_a_granted_host_is_followed_and_both_are_labels(host: Host) -> None:
    host.page("/end", b"there")
    url = host.redirect("/start", host.url("/end", OTHER))
    reply = await Web(lab(), grants=(f"*.test:{host.port}",))(url)
    assert isinstance(reply, Ok)
    assert reply.value.text() == "there\n"
    assert {"web:site.test", "web:other.test"} <= {label.source for label in reply.labels.items}


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("http://other.test:{port}/end", "is not granted"), ("http://site.test:1/", "is not granted"),
        ("file:///etc/passwd", "the scheme is 'file'"), ("http://169.254.169.254/latest/meta-data", "IP addresses"),
        ("http://localhost:{port}/end", "is not granted"), ("http://127.0.0.1:{port}/end", "IP addresses"),
        ("http://[::1]:{port}/end", "no host's name"), ("http://a@site.test:{port}/end", "user or password"),
        ("gopher://site.test:{port}/", "the scheme is 'gopher'"), ("http://[", "no address"),
    ],
)  # fmt: skip
async def test_a_redirect_elsewhere_is_told_and_not_followed(host: Host, to: str, why: str) -> None:
    host.page("/end", b"secret")
    url = host.redirect("/start", to.format(port=host.port))
    value = await Web(lab(SITE, OTHER, "localhost"), grants=(f"{SITE}:{host.port}",)).fetched(url)
    assert (value.url, value.status) == (url, 302)
    assert "was not followed" in value.location
    assert why in value.location
    assert host.asked == ["/start"]


async def test_a_redirect_to_a_granted_name_that_leads_inside_is_not_followed(host: Host) -> None:
    host.page("/end", b"secret")
    url = host.redirect("/start", f"http://localhost:{host.port}/end")
    network = lab(SITE)
    network.names["localhost"] = "127.0.0.2"
    value = await Web(network, grants=(f"{SITE}:{host.port}", f"localhost:{host.port}")).fetched(url)
    assert "which is not in the public internet" in value.location
    assert host.asked == ["/start"]


async def test_five_redirects_are_followed_and_no_sixth(host: Host) -> None:
    for step in range(7):
        host.redirect(f"/{step}", f"/{step + 1}")
    value = await Web(lab()).fetched(host.url("/0"))
    assert value.location == "it redirects more than 5 times; that was not followed further"
    assert host.asked == [f"/{step}" for step in range(6)]


# TLS


async def test_a_host_that_proves_its_name_is_read_over_tls() -> None:
    with host_at(PEM) as host:
        host.page("/a", b"sealed")
        value = await Web(lab(authority=PEM)).fetched(host.url("/a", scheme="https"))
    assert value.content == "sealed"


@pytest.mark.parametrize(("name", "authority"), [(SITE, ""), (OTHER, PEM)])
async def test_a_host_that_does_not_prove_its_name_is_not_read(name: str, authority: str) -> None:
    with host_at(PEM) as host:
        host.page("/a", b"sealed")
        web = Web(lab(authority=authority))
        told = await failing(host.url("/a", name, scheme="https"), DeviceFailed, web)
        assert "could not prove" in told
        assert host.asked == []


async def test_a_redirect_does_not_give_up_tls() -> None:
    with host_at(PEM) as host:
        url = host.redirect("/start", host.url("/end", scheme="http")).replace("http:", "https:")
        value = await Web(lab(authority=PEM)).fetched(url)
        assert "it gives up TLS" in value.location
        assert host.asked == ["/start"]


# addresses


@pytest.mark.parametrize(
    "address", ["127.0.0.2", "::1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1", "0.0.0.0"]
)
async def test_a_name_that_leads_inside_is_not_connected_to(host: Host, address: str) -> None:
    network = lab()
    network.names[SITE] = address
    assert "not in the public internet" in await failing(host.url("/a"), NotPermitted, Web(network))
    assert host.asked == []


async def test_nothing_on_this_machine_is_reached_without_a_lab(host: Host) -> None:
    from kernel.net.fetching import INTERNET

    told = await failing(host.url("/a", "localhost"), NotPermitted, Web(INTERNET))
    assert "not in the public internet" in told
    assert host.asked == []


async def test_a_closed_port_is_an_error_that_says_so() -> None:
    with host_at() as host:
        url = host.url("/a")
    assert error_of(await Web(lab())(url))[1].startswith(f"{SITE!r} cannot be reached")
