"""`[memory]` in config.toml: which model the memory compares with, and where a server of it is."""

from typing import Literal

import msgspec


class EmbeddingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of the section `[memory]`."""

    embedder: Literal["minilm", "openai"] = "minilm"
    """minilm: on this machine, offline. openai: any server of `/v1/embeddings`, such as `vllm serve MODEL`."""
    base_url: str = ""
    """Of the server, up to and with `/v1`."""
    model: str = ""
    """As the server calls it."""
    key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the server's key; the key itself is written nowhere."""

    def __post_init__(self) -> None:
        if self.embedder == "openai" and not (self.base_url and self.model):
            raise ValueError(
                'embedder = "openai" needs base_url and model, such as "http://localhost:8000/v1"'
            )
        if self.embedder == "openai" and not self.base_url.startswith(("http://", "https://")):
            raise ValueError(
                f"base_url: expected http://HOST[:PORT]/v1 or https://..., got {self.base_url!r}"
            )

    @property
    def name(self) -> str:
        """Of the model, as vectors are marked with it: those of two models are never compared."""
        return f"openai:{self.model}" if self.embedder == "openai" else "all-MiniLM-L6-v2-int8"
