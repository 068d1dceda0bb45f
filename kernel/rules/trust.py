"""Which projects' rule files a person has looked at and trusts, by their content.

What is trusted is kept as a copy. A file that changes or goes away after that takes nothing back:
the copy holds until the person trusts the new text, or revokes the trust.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec


class Trusted(msgspec.Struct, frozen=True):
    """The rule files of one project, as they were when they were trusted."""

    project: str
    """Absolute path of the folder that holds `.aosh`."""
    files: dict[str, str]
    """Name beneath `.aosh` -> text."""

    @property
    def digest(self) -> str:
        """SHA-256 over names and texts."""
        return digest_of(self.files)


class TrustStore:
    """A folder with one file a trusted project; private to the user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, project: Path) -> Trusted | None:
        """What was trusted of a project; None where nothing was, or the record is damaged."""
        try:
            found = msgspec.json.decode(self._file(project).read_bytes(), type=Trusted)
        except (OSError, msgspec.DecodeError):
            return None
        return found if found.project == str(project) else None

    def trust(self, project: Path, files: dict[str, str]) -> Trusted:
        """Keep these texts as the project's; whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        record = Trusted(str(project), files)
        file = self._file(project)
        part = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(msgspec.json.encode(record))
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        return record

    def revoke(self, project: Path) -> bool:
        """Forget a project; whether there was anything to forget."""
        known = self.find(project) is not None
        with suppress(FileNotFoundError):
            self._file(project).unlink()
        return known

    def _file(self, project: Path) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(project)).hexdigest()[:32]}.json"


def digest_of(files: dict[str, str]) -> str:
    """SHA-256 over names and texts, in the order of the names."""
    return hashlib.sha256(msgspec.json.encode(files, order="sorted")).hexdigest()
