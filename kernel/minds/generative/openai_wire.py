"""What an OpenAI-compatible server sends: a stream of events, or a refusal. All of it is untrusted."""

from collections.abc import AsyncIterator, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from kernel.minds.generative.port import Finish, Piece
from syscalls.errors import ContextFull, MindFailed, NotAuthorised, SysError
from syscalls.table import shorten

LONGEST_EVENT = 1 << 20
"""Bytes of one line of a stream; a longer one is garbage."""
LONGEST_WAIT_S = 30.0
"""A server that wants more is not waited for."""
_TOO_LONG = (
    "context length",
    "context_length",
    "maximum context",
    "context window",
    "too many tokens",
    "max_model_len",
)
_SCHEMA = ("response_format", "structured", "json_schema", "grammar", "guided", "schema")


class Usage(msgspec.Struct, frozen=True):
    """Token counts at the end of a stream."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: dict[str, Any] | None = None


class _Delta(msgspec.Struct, frozen=True):
    content: str | None = None


class _Token(msgspec.Struct, frozen=True):
    logprob: float = 0.0


class _Logprobs(msgspec.Struct, frozen=True):
    content: list[_Token] | None = None


class _Choice(msgspec.Struct, frozen=True):
    delta: _Delta = _Delta()
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class Event(msgspec.Struct, frozen=True):
    """One event of a stream."""

    choices: list[_Choice] = []
    usage: Usage | None = None
    error: Any = None


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The events of a stream, to its `[DONE]`.

    Raises:
        MindFailed: it is no stream of events, or it ended before its end.
    """
    buffered = b""
    async for chunk in chunks:
        buffered += chunk
        *lines, buffered = buffered.split(b"\n")
        if len(buffered) > LONGEST_EVENT:
            raise MindFailed(f"the server sent a line of more than {LONGEST_EVENT} bytes; expected events")
        for line in lines:
            data = _data(line.rstrip(b"\r"))
            if data == b"[DONE]":
                return
            if data:
                yield _event(data)
    if _data(buffered.strip()) != b"[DONE]":
        raise MindFailed("the server's answer broke off in the middle; nothing of it was used")


def _data(line: bytes) -> bytes:
    """The data of a line of a stream; nothing of other fields and comments."""
    if line.startswith(b"data:"):
        return line[5:].strip()
    if line.startswith((b":", b"event:", b"id:", b"retry:")) or not line.strip():
        return b""
    raise MindFailed(f"the server sent {shorten(line)}; expected a stream of events (`data: {{...}}`)")


def _event(data: bytes) -> Event:
    try:
        event = msgspec.json.decode(data, type=Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MindFailed(f"the server sent {shorten(data)}; expected an event as JSON: {error}") from None
    if event.error:
        raise MindFailed(f"the server failed in the middle: {shorten(message_of(data), 200)}")
    return event


class Pieces:
    """Events to pieces; counts tokens until the server does."""

    def __init__(self) -> None:
        self._counted = 0
        self._finish: Finish = ""
        self._usage = Usage()

    def of(self, event: Event) -> Iterator[Piece]:
        """What an event adds to the answer."""
        if event.usage is not None:
            self._usage = event.usage
        for choice in event.choices[:1]:
            if choice.finish_reason:
                self._finish = "length" if choice.finish_reason == "length" else "stop"
            if text := choice.delta.content:
                probable = choice.logprobs.content if choice.logprobs else None
                tokens = len(probable) if probable else 1
                self._counted += tokens
                yield Piece(text, tokens, logprob=sum(t.logprob for t in probable) if probable else None)

    def last(self) -> Piece:
        """The end, with the server's own counts where it gave them."""
        details = self._usage.prompt_tokens_details or {}
        cached = details.get("cached_tokens") or 0
        more = max(0, self._usage.completion_tokens - self._counted)
        return Piece(
            "",
            more,
            self._usage.prompt_tokens,
            cached if isinstance(cached, int) else 0,
            self._finish or "stop",
        )


def message_of(body: bytes) -> str:
    """The sentence of a refusal, in any of the forms servers use."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body[:500].decode("utf-8", "replace").strip()
    for name in ("error", "message", "detail"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def refusal(status: int, message: str, model: str, key_env: str) -> SysError:
    """The error for a status that is not worth another try."""
    said = shorten(message, 200)
    if status in (401, 403):
        return NotAuthorised(
            f"the server refused the key ({status} {said}); expected a valid one in ${key_env}"
        )
    if is_too_long(status, message):
        return ContextFull(f"the turn is too long for {model!r}: {said}")
    if status == 404:
        return MindFailed(f"the server knows no model {model!r}, or the address lacks /v1 (404 {said})")
    return MindFailed(f"the server answered {status}: {said}")


def is_too_long(status: int, message: str) -> bool:
    """Whether a refusal is about the length of prompt and answer."""
    return status in (400, 413, 422) and any(sign in message.lower() for sign in _TOO_LONG)


def is_about_schema(status: int, message: str) -> bool:
    """Whether a server refused how it was given the grammar."""
    return status in (400, 404, 422, 501) and any(sign in message.lower() for sign in _SCHEMA)


def is_about_system(status: int, message: str) -> bool:
    """Whether a chat template refused a system message."""
    lowered = message.lower()
    return status in (400, 422, 500) and "system" in lowered and "role" in lowered


def wait_of(retry_after: str | None, attempt: int, now: float) -> float:
    """Seconds until a busy server may be asked again: what it says, else doubling from half a second."""
    if retry_after:
        try:
            return max(0.0, float(retry_after))
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(retry_after).timestamp() - now)
        except (ValueError, TypeError):
            pass
    return float(0.5 * 2**attempt)
