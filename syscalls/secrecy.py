"""Which files are secrets, by their names: what is read of them is private, and no copy of them is kept."""

import re
from functools import lru_cache

SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", "credentials", "secrets"})
"""Whatever lies in a folder of such a name is private."""
_SECRET_NAME = re.compile(
    r"\.env(?:\..+)?|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ovpn)|id_(?:rsa|dsa|ecdsa|ed25519)[^.]*"
    r"|\.?(?:credentials?|secrets?|passwords?|tokens?)(?:\.[^/]*)?|\.netrc|\.pgpass|\.git-credentials|\.npmrc|\.pypirc",
    re.IGNORECASE,
)
_SAMPLE = re.compile(r".*\.(?:example|sample|template|dist)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_secret(path: str) -> bool:
    """Whether a file's name says that its content is private (docs/labels.md has the list)."""
    *folders, name = path.rstrip("/").split("/")
    if not SECRET_FOLDERS.isdisjoint(folders):
        return True
    return _SECRET_NAME.fullmatch(name) is not None and _SAMPLE.fullmatch(name) is None
