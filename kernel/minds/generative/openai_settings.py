"""How an OpenAI-compatible server is reached, checked before anything is sent."""

from typing import Literal

from kernel.minds.generative.mind_settings import GenerationSettings
from syscalls.errors import MindFailed

Form = Literal["response_format", "structured_outputs", "none"]
FORMS: tuple[Form, ...] = ("response_format", "structured_outputs", "none")
"""Ways a schema is handed over, in the order they are tried."""


class OpenaiSettings(GenerationSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `[minds.openai]`."""

    base_url: str = "https://api.openai.com/v1"
    """Up to and with `/v1`, as `vllm serve` prints it."""
    key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key; the key itself is written nowhere."""
    structured: Literal["auto", "response_format", "structured_outputs", "none"] = "auto"
    """How the server is given the grammar; "auto" tries, and falls back to checking answers."""
    system_role: bool = True
    """Whether the model's chat template knows a system message."""
    logprobs: bool = False
    """Ask for token probabilities, which become the confidence of calls."""
    connect_s: float = 10.0
    read_s: float = 120.0
    """Longest silence of the server."""
    retries: int = 3
    """Times a busy server is asked again."""


def checked_url(base_url: str) -> str:
    """The address without a slash at its end.

    Raises:
        MindFailed: it is no plain http(s) address.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        port, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise MindFailed(f"--base-url {base_url!r}: expected http://HOST[:PORT]/v1 or https://...")
    if parts.username is not None or parts.password is not None:
        raise MindFailed("--base-url: expected an address without user or password; a key goes into key_env")
    del port
    return base_url.rstrip("/")
