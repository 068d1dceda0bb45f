"""The store behind the calls: opened at the first of them, with spaces of the caller's folder."""

import socket
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from apps.sdk import Context, Grants
from memory.embedding import Embedder
from memory.endpoint import Endpoint
from memory.minilm import MiniLM
from memory.preferences import project_space
from memory.proposals import Proposals
from memory.record import Record
from memory.store import Store
from syscalls.errors import DeviceFailed, NotFound
from syscalls.labels import USER, Label, Labels, labels_of
from syscalls.mem import Memory

FILE = "memory.db"


_NEEDED = ("onnxruntime", "tokenizers")


class Opened:
    """What one driver process opens, each when it is needed; what failed is tried again at the next call."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    @cached_property
    def embedder(self) -> Embedder:
        """The model, which is loaded or asked when the first text is embedded."""
        return embedder_of(self._grants)

    @cached_property
    def store(self) -> Store:
        """The person's memory.

        Raises:
            DeviceFailed: it is damaged, of another model, or what the model runs on is not installed.
        """
        _have("numpy")
        made = Store(Path(self._grants.store or ".") / FILE, self.embedder)
        if (channel := self._grants.beside.get("index")) is not None:
            made.index = Proposals(socket.socket(fileno=channel))
        return made


def embedder_of(grants: Grants) -> Embedder:
    """What turns texts into vectors: the process beside this driver where the person has a server of a model, else ours.

    Raises:
        DeviceFailed: what the model runs on is not installed.
    """
    if (channel := grants.beside.get("embedder")) is not None:
        return Endpoint(socket.socket(fileno=channel))
    _have(*_NEEDED)
    return MiniLM()


def _have(*names: str) -> None:
    if missing := [name for name in names if find_spec(name) is None]:
        raise DeviceFailed(f"the memory needs {', '.join(missing)}: pip install 'aosh[memory]'")


def store_of(ctx: Context) -> Store:
    """The open store of this driver."""
    return ctx.once(Opened).store


def space_of(ctx: Context, name: str) -> str:
    """The store's name of a space: a project's is the digest of its folder."""
    if name == "user":
        return "user"
    return project_space(ctx.grants.home)


def spaces_of(ctx: Context, name: str) -> tuple[str, ...]:
    """The spaces that are meant: both of `all`."""
    return tuple(space_of(ctx, each) for each in (("user", "project") if name == "all" else (name,)))


def found(ctx: Context, identity: int, spaces: str) -> Record:
    """The record of that number in these spaces; what another project keeps does not exist here.

    Raises:
        NotFound: there is none.
    """
    record = store_of(ctx).get(identity)
    if record.space not in spaces_of(ctx, spaces):
        raise NotFound(f"nothing is remembered under {identity!r}")
    return record


def labels_in(sources: tuple[str, ...], *, is_private: bool) -> Labels:
    """The labels of what is stored."""
    if not sources:
        return Labels((Label("user", trusted=True, private=True),)) if is_private else USER
    return labels_of(sources, trusted=False, private=is_private)


def labels_out(record: Record) -> Labels:
    """The labels of what is recalled: where it came from, and which memory it was."""
    own = Label(f"memory:{record.id}", record.labels.is_trusted, record.labels.is_private)
    return record.labels.join(Labels((own,)))


def shown(record: Record, why: str = "") -> Memory:
    """A record as it is answered."""
    sources = tuple(label.source for label in record.labels.items if not label.trusted)
    return Memory(
        record.id, record.text, record.kind, record.space.partition(":")[0], record.made, record.pinned, why,
        sources, record.superseded_by, record.expires, record.labels.is_private, record.thread,
    )  # fmt: skip
