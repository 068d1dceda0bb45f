"""Records of the calls that reach beyond this machine, or beyond aosh's own calls."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from syscalls.declare import Args, Value
from syscalls.errors import NotText, TooBig
from syscalls.kinds import Url

MOST_BYTES = 8 << 20
SUCCESS = range(200, 300)


class Fetch(Args):
    """An address, and how much of it."""

    url: Url
    """http or https, a host's name (no IP address), no user or password."""
    limit_bytes: Annotated[int, Meta(ge=1, le=MOST_BYTES, extra_json_schema={"x-kind": "size"})] = 1 << 20
    """Most bytes of content; more is cut, and said."""
    timeout_s: Annotated[int, Meta(ge=1, le=300)] = 30
    """Seconds for all of it."""
    as_text: bool = False
    """Read as text whatever the host says it is."""


class Fetched(Value, frozen=True):
    """What came back."""

    url: str
    """Where it came from in the end, after redirects."""
    status: int
    """The HTTP status; 200 is well."""
    content_type: str
    size_bytes: int
    """Of the content as received, decompressed."""
    sha256: str
    """Of the same."""
    content: str = ""
    """The text; empty where it is binary. Bytes that fit no character appear as U+FFFD."""
    is_text: bool = True
    cut: str = ""
    """What is missing of the content; empty when all is there."""
    location: str = ""
    """A redirect that was not followed, and why."""

    def text(self) -> str:
        """The content, or what is known of it where it is binary; what is wrong comes last."""
        parts = [self.content if self.is_text else self._about()]
        if self.status not in SUCCESS:
            parts.append(f"HTTP status {self.status} from {self.url}")
        parts += [self.location, f"... {self.cut}" if self.cut else ""]
        return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts if part)

    def when_empty(self) -> str:
        """Nothing was there."""
        return f"{self.url} is empty (HTTP status {self.status})"

    def taken(self) -> str:
        """The whole content, for a later step.

        Raises:
            NotText: it is binary, or the host answered with a failure.
            TooBig: it was cut.
        """
        if self.status not in SUCCESS:
            raise NotText(f"{self.url} answered with HTTP status {self.status}; nothing was taken from it")
        if not self.is_text:
            raise NotText(f"{self.url} is binary ({self.content_type}); only text can be taken from it")
        if self.cut:
            raise TooBig(f"{self.url} was {self.cut}; ask for more with limit_bytes, at most {MOST_BYTES}")
        return self.content

    def _about(self) -> str:
        return f"{self.content_type}, {self.size_bytes} bytes, sha256 {self.sha256}"


class Calling(Args):
    """A call of an installed app, by name."""

    name: Annotated[str, Meta(min_length=1, max_length=129)]
    """Such as "weather.convert"."""
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)
    """What that call takes; its own schema decides."""
