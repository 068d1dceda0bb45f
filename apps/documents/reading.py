"""From a file to its passages: opened with the caller's grants, text decoded here, all else by the parser."""

import hashlib
import os
import time
from typing import NamedTuple

from apps.documents.formats import READERS
from apps.documents.link import Parser
from apps.files.beneath import Disk, Opened
from apps.files.coding import coding_of, is_binary, whole_characters
from apps.memory.secrets import holds_key
from memory.documents import ignore
from memory.documents.passages import Part, passages_of
from memory.documents.shelf import Facts, Read, Shelf, Waiting, facts_of
from syscalls.errors import NotFolder, NotFound, SysError

JUST_NOW_NS = 100_000_000
"""A file changed so lately may change again without its times showing it."""


class Refused(NamedTuple):
    """A file is not read as it is now."""

    why: str
    facts: Facts


def read(disk: Disk, shelf: Shelf, parser: Parser, waiting: Waiting) -> Read | Refused | None:
    """What a file says, or why nothing; None where it is gone or changes under our eyes: it is looked at again later."""
    try:
        with disk.reading(waiting.path) as file:
            return _read(shelf, parser, waiting, file)
    except (NotFound, NotFolder):
        return None
    except SysError as refusal:
        info = disk.spot(waiting.path).info
        return None if info is None else Refused(str(refusal), facts_of(info))


def still_holds(disk: Disk, shelf: Shelf, path: str, facts: Facts, digest: bytes) -> bool:
    """Whether a file, opened now with the caller's grants, holds what was read of it."""
    try:
        with disk.reading(path) as file:
            now = facts_of(file.info)
            if now == facts:
                return True
            if now.size > ignore.HUGE_BYTES or _digest(file) != digest:
                return False
            shelf.touch(path, _settled(now))
            return True
    except SysError:
        return False


def _read(shelf: Shelf, parser: Parser, waiting: Waiting, file: Opened) -> Read | Refused | None:
    ending = _ending(waiting.path)
    is_document = ending in READERS
    limit = ignore.DOCUMENT_BYTES if is_document else ignore.TEXT_BYTES
    if is_document and file.info.st_size > limit:
        return Refused(f"it is larger than {limit >> 20} MiB", facts_of(file.info))
    start = os.pread(file.fd, 8192, 0)
    if not is_document and is_binary(start):
        return Refused("it is no text", facts_of(file.info))
    facts = facts_of(file.info)
    digest = _digest(file)
    raw = b"" if shelf.knows(digest) else _bytes(file, limit)
    if facts_of(os.fstat(file.fd)) != facts:
        return None
    waiting = waiting._replace(facts=_settled(facts))
    if not raw:
        return Read(waiting, digest, (), "" if shelf.knows(digest) else "it is empty")
    if is_document:
        told = parser.told(ending, raw)
        return _passages(waiting, digest, [Part(*each) for each in told.parts], told.why)
    why = "" if file.info.st_size <= limit else f"only its first {limit >> 20} MiB are read"
    return _passages(waiting, digest, [Part(_decoded(raw))], why)


def _passages(waiting: Waiting, digest: bytes, parts: list[Part], why: str) -> Read:
    passages, is_cut = passages_of(parts)
    if any("PRIVATE KEY-----" in each.text for each in passages):
        return Read(waiting, digest, (), "it holds a private key")
    kept = [each for each in passages if not holds_key(each.text)]
    if len(kept) < len(passages):
        why = why or f"{len(passages) - len(kept)} passages seem to hold keys and are left out"
    if is_cut:
        why = why or f"only its first {len(passages)} passages are kept"
    if not passages:
        why = why or "there is no text in it"
    return Read(waiting, digest, kept, why, is_cut)


def _decoded(raw: bytes) -> str:
    """Its text: by its mark, else as UTF-8, else as the Latin letters it most likely is."""
    coding = coding_of(raw)
    if coding.is_wide or coding.mark:
        return coding.decode(raw).encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    try:
        text = whole_characters(raw).decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return text.replace("\0", "").replace("\r\n", "\n")


def _bytes(file: Opened, limit: int) -> bytes:
    found = bytearray()
    while len(found) < limit and (block := os.pread(file.fd, min(1 << 20, limit - len(found)), len(found))):
        found += block
    return bytes(found)


def _digest(file: Opened) -> bytes:
    """Of all of it, however large; of a document, with the ending that says how it is read."""
    found = hashlib.sha256(_ending(file.path).encode() if _ending(file.path) in READERS else b"")
    at = 0
    while block := os.pread(file.fd, 1 << 20, at):
        found.update(block)
        at += len(block)
    return found.digest()


def _settled(facts: Facts) -> Facts:
    """Facts that no later state has: those of a file just changed are spoilt, so that it is looked at again."""
    is_fresh = time.time_ns() - max(facts.modified, facts.changed) < JUST_NOW_NS
    return facts._replace(changed=0) if is_fresh else facts


def _ending(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""
