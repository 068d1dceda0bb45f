"""Taking effects back, and what a crash left open: the journal's effects turned over through the gate."""

from collections.abc import Callable

import msgspec

from kernel.call import Err, Proposal, Reply
from kernel.gate import Gate
from kernel.journal.effects import EFFECT_KINDS, Effect, effects, next_redo, next_undo, open_effects
from kernel.journal.port import Journal
from kernel.journal.records import NoteRow
from kernel.journal.unfinished import Unfinished
from kernel.process import Process
from syscalls.caps import Right, is_beneath


class Undoer:
    """Undo, redo and recovery for one session."""

    def __init__(
        self, gate: Gate, journal: Journal, session: str, store: str, unfinished: Unfinished | None = None
    ) -> None:
        """Args:
        store: the folder of pre-images and trash, whose paths the gate need not grant.
        unfinished: what follows the journal for all its sessions; one of its own when None.
        """
        self._unfinished = unfinished or Unfinished(journal)
        self._store = store
        self._gate = gate
        self._journal = journal
        self._session = session

    def history(self, within: Callable[[Effect], bool] = lambda effect: True) -> list[Effect]:
        """Every effect of the journal, oldest first."""
        return [effect for effect in effects(self._journal.rows(kinds=EFFECT_KINDS)) if within(effect)]

    async def undo(self, process: Process, which: int | str = 1, *, force: bool = False) -> list[Reply]:
        """Take back the newest `which` effects of this workspace, or the one with that id.

        Raises:
            NotFound: there is none.
        """
        chosen = next_undo(self._here(process, which), which)
        return await self._turn(process, chosen, force=force)

    async def redo(self, process: Process, which: int | str = 1, *, force: bool = False) -> list[Reply]:
        """Bring back what was undone last.

        Raises:
            NotFound: there is none.
        """
        chosen = next_redo(self._here(process, which), which)
        return await self._turn(process, chosen, force=force)

    async def recover(self, process: Process, is_alive: Callable[[str], bool]) -> list[Reply]:
        """Roll back what crashed sessions left half-done in this workspace.

        Args:
            is_alive: whether a session still runs; its open effects are under way, not left over.
        """
        if all(map(is_alive, self._unfinished.sessions())):
            return []
        left = [effect for effect in open_effects(self._here(process, 1)) if not is_alive(effect.session)]
        if left:  # a session may have ended well since its rows were read; once it is gone it writes no more
            still = {effect.call_id for effect in open_effects(self._here(process, 1))}
            left = [effect for effect in left if effect.call_id in still]
        replies = []
        for effect in left:
            (reply,) = await self._turn(process, [effect], force=False)
            replies.append(reply)
            how = "rolled back" if not isinstance(reply, Err) else f"could not be rolled back: {reply.error}"
            self._journal.append(
                self._session, "note", NoteRow(f"{effect.call_id} was left open; {how}"), durable=True
            )
        return replies

    def _here(self, process: Process, which: int | str) -> list[Effect]:
        """By count: only effects that touched this process's folders. By id: any."""
        everything = self.history()
        if isinstance(which, str):
            return everything
        roots = process.roots(Right.FS_WRITE)
        return [
            effect
            for effect in everything
            if any(is_beneath(path, root) for path in self._paths(effect) for root in roots)
        ]

    async def _turn(self, process: Process, chosen: list[Effect], *, force: bool) -> list[Reply]:
        replies: list[Reply] = []
        for effect in chosen:
            steps = [msgspec.to_builtins(step) for step in effect.undo]
            arguments = {"paths": self._paths(effect), "steps": steps, "force": force}
            proposal = Proposal("file.revert", arguments, origin="kernel", turns=effect.call_id)
            reply = await self._gate(process, proposal)
            replies.append(reply)
            if isinstance(reply, Err):
                break
        return replies

    def _paths(self, effect: Effect) -> list[str]:
        """Every path outside the store that taking it back touches."""
        found = {step.path for step in effect.undo} | {
            step.to for step in effect.undo if step.do == "rename" and step.to
        }
        return sorted(path for path in found if not is_beneath(path, self._store))
