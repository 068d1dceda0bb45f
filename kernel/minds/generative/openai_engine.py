"""Any OpenAI-compatible server: `vllm serve`, llama.cpp, Ollama, a cloud.

It talks from the kernel's process to the one address that the person configured (decision 0016); no mind,
app or jail can choose that address. The key is read from the environment when it is sent, and is
neither logged nor journalled; where a server repeats it in an error, it is struck out.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from kernel.minds.generative.openai_settings import FORMS, Form, OpenaiSettings, checked_url
from kernel.minds.generative.openai_wire import (
    LONGEST_WAIT_S,
    Pieces,
    events,
    is_about_schema,
    is_about_system,
    is_too_long,
    message_of,
    refusal,
    wait_of,
)
from kernel.minds.generative.port import Ask, Message, Piece
from kernel.minds.generative.roles import flattened
from syscalls.errors import ContextFull, MindFailed, NotAuthorised, NotSupported, SysError

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_LONGEST_REFUSAL = 64 << 10
_LONGEST_TOKEN = 512
"""Characters: vocabularies hold runs of blanks and dashes, of 81 in a small one."""
Sleep = Callable[[float], Awaitable[None]]


class _Refused(Exception):
    """A status other than 200."""

    def __init__(self, status: int, message: str, retry_after: str | None) -> None:
        super().__init__(message)
        self.status, self.message, self.retry_after = status, message, retry_after


class OpenaiEngine:
    """One model of one server."""

    counts_exactly = False

    def __init__(
        self,
        settings: OpenaiSettings,
        environ: Mapping[str, str] | None = None,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Args: `sleep` waits before a busy server is asked again.

        Raises:
            MindFailed: the address is none.
        """
        self._settings = settings
        self._url = checked_url(settings.base_url)
        self._environ = os.environ if environ is None else environ
        self._sleep = sleep
        self._client: AsyncClient | None = None
        self._form: Form = FORMS[0] if settings.structured == "auto" else settings.structured
        self._has_system = settings.system_role
        self._model = settings.model
        self._is_discovered = False
        self.context_tokens = settings.context_tokens
        self.name = f"openai:{settings.model}" if settings.model else "openai"

    @property
    def has_grammar(self) -> bool:
        """Whether the server took the grammar, as far as is known."""
        return self._form != "none"

    async def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        """Stream an answer; closing the iterator closes the connection, upon which servers stop.

        Raises:
            MindFailed: unreachable, busy too long, or garbage came back.
            NotAuthorised: the key is missing or refused.
            ContextFull: the turn does not fit.
        """
        if not self._is_discovered and not (self._model and self.context_tokens):
            await self._discover()
        attempt = 0
        while True:
            is_begun = False
            try:
                stream = self._stream(ask)
                try:
                    async for piece in stream:
                        is_begun = True
                        yield piece
                finally:
                    await stream.aclose()
                return
            except _Refused as refused:
                if is_begun:
                    raise MindFailed(self._safe(refused.message)) from None
                if self._adapts(refused, ask):
                    continue
                attempt = await self._wait(refused, attempt)

    async def models(self) -> dict[str, int]:
        """The models the server has, and how many tokens each holds (0 where it does not say).

        Raises:
            MindFailed: unreachable, or this is no such server.
            NotAuthorised: the key is missing or refused.
        """
        try:
            value = msgspec.json.decode(await self._whole("GET", "/models", None))
            rows = value["data"]
            return {str(row["id"]): int(row.get("max_model_len") or 0) for row in rows}
        except _Refused as refused:
            raise self._final(refused) from None
        except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
            raise MindFailed(
                f"{self._url}/models is no list of models; expected an OpenAI-compatible server"
            ) from None

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text.

        Raises:
            NotSupported: the server has no embeddings, or not of this model.
        """
        if not self._model:
            await self._discover()
        body = msgspec.json.encode({"model": self._model, "input": list(texts)})
        try:
            value = msgspec.json.decode(await self._whole("POST", "/embeddings", body))
            rows = sorted(value["data"], key=lambda row: int(row["index"]))
            return [[float(number) for number in row["embedding"]] for row in rows]
        except _Refused as refused:
            if refused.status in (400, 404, 405, 422, 501):
                raise NotSupported(f"{self.name} has no embeddings: {self._safe(refused.message)}") from None
            raise self._final(refused) from None
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            raise MindFailed(f"{self._url}/embeddings answered what is no list of vectors") from None

    def count(self, messages: Sequence[Message]) -> int:
        """An estimate: a token is at least three bytes of plain text, and a message has a head."""
        return sum(4 + (len(message.text.encode("utf-8", "replace")) + 2) // 3 for message in messages)

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _discover(self) -> None:
        """The only model of a server need not be named, and how much it holds need not be said."""
        try:
            found = await self.models()
        except MindFailed as error:
            if "cannot be reached" in str(error) or not self._model:
                raise
            self._is_discovered = True
            return
        self._is_discovered = True
        if not self._model:
            if len(found) != 1:
                known = ", ".join(sorted(found)[:8]) or "none"
                raise MindFailed(f"which model of {self._url}? expected -m openai:MODEL with one of: {known}")
            self._model = next(iter(found))
            self.name = f"openai:{self._model}"
        self.context_tokens = self.context_tokens or found.get(self._model, 0)

    async def _stream(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        import httpx2

        try:
            request = self._http().build_request(
                "POST", f"{self._url}/chat/completions", content=self._body(ask), headers=self._headers()
            )
            response = await self._http().send(request, stream=True)
            try:
                await self._check(response)
                pieces, length = Pieces(), 0
                async for event in events(response.aiter_bytes()):
                    for piece in pieces.of(event):
                        length += len(piece.text)
                        if length > _LONGEST_TOKEN * ask.max_tokens:
                            raise MindFailed(f"the server sent more than {ask.max_tokens} tokens can hold")
                        yield piece
                yield pieces.last()
            finally:
                await response.aclose()
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None

    async def _whole(self, method: str, path: str, body: bytes | None) -> bytes:
        import httpx2

        try:
            request = self._http().build_request(
                method, self._url + path, content=body, headers=self._headers()
            )
            response = await self._http().send(request, stream=True)
            try:
                await self._check(response)
                return await _read(response, 64 << 20)
            finally:
                await response.aclose()
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None

    async def _check(self, response: "Response") -> None:
        if response.status_code != 200:
            body = await _read(response, _LONGEST_REFUSAL)
            raise _Refused(response.status_code, message_of(body), response.headers.get("retry-after"))

    def _unreachable(self, error: Exception) -> MindFailed:
        import httpx2

        if isinstance(error, httpx2.ReadTimeout):
            return MindFailed(f"{self._url} said nothing for {self._settings.read_s:g} s")
        if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.DecodingError):
            return MindFailed(
                f"the server's answer broke off in the middle, or is garbage: {self._safe(str(error))}"
            )
        why = self._safe(str(error)) or type(error).__name__
        return MindFailed(
            f"{self._url} cannot be reached ({why}); is the server running, is --base-url right?"
        )

    def _adapts(self, refused: _Refused, ask: Ask) -> bool:
        """Whether the same can be asked in a form the server may take."""
        if is_too_long(refused.status, refused.message):
            return False
        if self._has_system and is_about_system(refused.status, refused.message):
            self._has_system = False
            return True
        is_free = self._settings.structured == "auto" and self._form != "none" and ask.schema is not None
        if is_free and is_about_schema(refused.status, refused.message):
            self._form = FORMS[FORMS.index(self._form) + 1]
            return True
        return False

    async def _wait(self, refused: _Refused, attempt: int) -> int:
        """Wait for a busy server; the number of the next attempt.

        Raises:
            SysError: it is not worth waiting for.
        """
        if refused.status not in _BUSY or is_too_long(refused.status, refused.message):
            raise self._final(refused)
        wait = wait_of(refused.retry_after, attempt, time.time())
        if attempt >= self._settings.retries or wait > LONGEST_WAIT_S:
            raise MindFailed(
                f"{self._url} is busy ({refused.status} {self._safe(refused.message)!r}) after {attempt + 1} tries"
                + (f"; it wants {wait:.0f} s" if wait > LONGEST_WAIT_S else "")
            )
        await self._sleep(wait)
        return attempt + 1

    def _final(self, refused: _Refused) -> SysError:
        return refusal(refused.status, self._safe(refused.message), self._model, self._settings.key_env)

    def _body(self, ask: Ask) -> bytes:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": flattened(ask.messages, has_system=self._has_system),
            "max_tokens": self._room(ask),
            "temperature": ask.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if ask.seed is not None:
            body["seed"] = ask.seed
        if ask.stop:
            body["stop"] = list(ask.stop)
        if self._settings.logprobs:
            body["logprobs"] = True
        if ask.schema is not None and self._form == "response_format":
            named = {"name": "answer", "schema": msgspec.Raw(ask.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        elif ask.schema is not None and self._form == "structured_outputs":
            body["structured_outputs"] = {"json": msgspec.Raw(ask.schema)}
        return msgspec.json.encode(body)

    def _room(self, ask: Ask) -> int:
        if not self.context_tokens:
            return ask.max_tokens
        # The count is high by a third and more: only what surely leaves no room is refused here.
        used = self.count(ask.messages) // 2
        if used >= self.context_tokens:
            raise ContextFull(f"the turn has over {used} tokens and {self.name} holds {self.context_tokens}")
        return max(16, min(ask.max_tokens, self.context_tokens - used))

    def _headers(self) -> dict[str, str]:
        key = self._environ.get(self._settings.key_env, "")
        head = {"Content-Type": "application/json", "User-Agent": "aosh"}
        if not key:
            return head
        if not key.isascii() or not key.isprintable():
            raise NotAuthorised(f"${self._settings.key_env} holds what is no key; expected printable ASCII")
        return head | {"Authorization": f"Bearer {key}"}

    def _safe(self, text: str) -> str:
        """A server's words without the key."""
        key = self._environ.get(self._settings.key_env, "")
        return text.replace(key, "***") if key else text

    def _http(self) -> "AsyncClient":
        if self._client is None:
            import httpx2

            timeout = httpx2.Timeout(self._settings.read_s, connect=self._settings.connect_s)
            self._client = httpx2.AsyncClient(timeout=timeout, follow_redirects=False)
        return self._client


async def _read(response: "Response", most: int) -> bytes:
    """The body, its beginning where it is longer."""
    found = b""
    async for chunk in response.aiter_bytes():
        found += chunk
        if len(found) > most:
            break
    return found[:most]
