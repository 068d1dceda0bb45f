"""Serves `tool.fetch` for one fetch: this process ends with it, so that no host's bytes outlive their reply."""

import codecs
import hashlib
import re
import socket
import time
from collections.abc import Iterator
from email.message import Message
from urllib.parse import urljoin

from apps.fetch.exchange import Answer, Limits, NotConnected, exchange, refusal
from apps.sdk import App, Context, Effected, Effecting
from syscalls import tool as abi
from syscalls.errors import BadArgument, SysError
from syscalls.tool_net import Fetch, Fetched
from syscalls.undo import Done, Plan
from syscalls.urls import canonical_url, parts_of

REDIRECTS = 5
_REDIRECTING = (301, 302, 303, 307, 308)
_TEXTS = re.compile(
    r"text/.+|application/(?:.+\+)?(?:json|xml|yaml|toml|javascript|ecmascript|x-sh|x-ndjson|sql|graphql)"
    r"|image/svg\+xml"
)
_CHARSETS = frozenset(
    "utf-8 utf-16 utf-16-le utf-16-be utf-32 ascii iso8859-1 iso8859-2 iso8859-15 cp1250 cp1251 cp1252 koi8-r gb18030 gbk "
    "gb2312 big5 shift_jis euc_jp iso2022_jp euc_kr".split()
)
"""By Python's names; other codecs (`zip`, `rot13`) are no character sets."""

fetcher = App("tool", "Fetching")


@fetcher.serves(abi.fetch)
def fetch(ctx: Context, a: Fetch) -> Effecting[Fetched]:
    """Fetch, following redirects as far as the proxy connects."""
    yield Plan((), ())
    limits = Limits(a.limit_bytes, a.timeout_s, time.monotonic() + a.timeout_s)
    streams = (socket.socket(fileno=descriptor) for descriptor in ctx.grants.streams)
    url, answer, stopped = _followed(canonical_url(a.url), streams, limits)
    return Effected(_value(url, answer, stopped, as_text=a.as_text), Done(()))


def _followed(url: str, streams: Iterator[socket.socket], limits: Limits) -> tuple[str, Answer, str]:
    """Where it ended, what came, and why a redirect was not followed."""
    try:
        answer = exchange(url, next(streams), limits)
    except NotConnected as refused:
        raise refusal(parts_of(url)[1], str(refused)) from None
    for stream in streams:
        if answer.status not in _REDIRECTING or not answer.location:
            return url, answer, ""
        try:
            following = _target(url, answer.location)
            url, answer = following, exchange(following, stream, limits)
        except (NotConnected, SysError) as refused:
            return (
                url,
                answer,
                f"it redirects to {_shown(answer.location)}, which was not followed: {refused}",
            )
    if answer.status not in _REDIRECTING:
        return url, answer, ""
    return url, answer, f"it redirects more than {REDIRECTS} times; that was not followed further"


def _target(url: str, location: str) -> str:
    try:
        following = canonical_url(urljoin(url, location))
    except ValueError as odd:
        raise BadArgument(f"no address: {odd}") from None
    if url.startswith("https:") and not following.startswith("https:"):
        raise BadArgument("it gives up TLS")
    return following


def _shown(location: str) -> str:
    return ascii(location[:300])


def _value(url: str, answer: Answer, stopped: str, *, as_text: bool) -> Fetched:
    header = Message()
    header["Content-Type"] = answer.content_type[:200] or "application/octet-stream"
    kind = header.get_content_type()
    charset = str(header.get_content_charset("utf-8"))
    is_text = as_text or not answer.body or _is_text(kind, charset, answer.body)
    content = _decoded(answer.body, charset) if is_text else ""
    return Fetched(
        url=url, status=answer.status, content_type=kind, size_bytes=len(answer.body),
        sha256=hashlib.sha256(answer.body).hexdigest(), content=content, is_text=is_text, cut=answer.cut,
        location=stopped,
    )  # fmt: skip


def _is_text(kind: str, charset: str, body: bytes) -> bool:
    return _TEXTS.fullmatch(kind) is not None and (
        charset.startswith(("utf-16", "utf-32")) or b"\0" not in body
    )


def _decoded(body: bytes, charset: str) -> str:
    """The text, in the character set that was named if that is one, else as UTF-8."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = "utf-8"
    if body.startswith(codecs.BOM_UTF8) and name == "utf-8":
        body = body.removeprefix(codecs.BOM_UTF8)
    return body.decode(name if name in _CHARSETS else "utf-8", "replace")
