"""Two minds in cascade: the small one answers where it is sure enough for what would be done, else the large one.

The small mind's confidence is calibrated, so each effect class has its own least one. Where the large mind
fails, what the small one understood is offered in the error's text and never carried out.
"""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec.structs import replace

from kernel.confidence import floors
from kernel.minds.port import Draft, Drafted, Foresighted, Mind, Prompt, Recollecting, Speaking, Tell
from kernel.models.server import Writer
from syscalls.declare import Effect
from syscalls.errors import SysError
from syscalls.table import AnyCall

Kind = Literal["look", "change", "irreversible"]
KINDS: Final[tuple[Kind, ...]] = ("look", "change", "irreversible")
"""What a call does, the most harmless first."""
LEAST: Final[Mapping[Kind, float]] = {"look": 0.7, "change": 0.9, "irreversible": 0.95}
"""Confidence that a small mind needs where a large one can be asked instead: above the floors that hold for a mind alone,
for handing on costs a moment and no question. Set on `aosh eval everyday`; docs/minds.md shows the table."""
_CHANGES = (Effect.WRITE, Effect.MEMORY, Effect.SCHEDULE)


def kind(effect: Effect) -> Kind:
    """What an effect class does: looks, changes what can be taken back, or more than that."""
    if not effect.is_side_effect:
        return "look"
    return "change" if effect in _CHANGES else "irreversible"


class CascadeMind:
    """Asks a small mind first."""

    def __init__(self, small: Mind, large: Mind, least: Mapping[Effect, float] | None = None) -> None:
        """A mind of two.

        Args:
            small: asked first, and only before anything was done.
            large: asked where the small one is not sure enough, and for every further turn.
            least: confidence by effect class that the small one needs, 0 to 1; `LEAST` settles the rest.
        """
        self.small, self.large = small, large
        self.name = f"cascade:{small.name},{large.name}"
        self.wants_names = small.wants_names or large.wants_names
        self.has_memory = small.has_memory or large.has_memory
        self.wants_memories = any(
            isinstance(each, Recollecting) and each.wants_memories for each in (small, large)
        )
        self._least = dict(least or {})
        if isinstance(large, Writer) and hasattr(small, "can_write"):
            small.can_write = True

    @property
    def levels(self) -> tuple[Mind, ...]:
        """The minds, in the order they are asked."""
        return self.small, self.large

    async def think(self, prompt: Prompt) -> Draft:
        """The draft of the first mind that suffices; `Draft.mind` says whose it is.

        Raises:
            SysError: of the large mind, with what the small one understood; none of that was done.
        """
        drafted = None if prompt.exchanges or prompt.remark else await self._tried(prompt)
        if drafted is not None and self.suffices(drafted, prompt.menu):
            return replace(drafted, mind=self.small.name)
        try:
            answer = await self.large.think(prompt)
        except SysError as error:
            if drafted is None or not drafted.calls:
                raise
            raise type(error)(
                f"{error}; {self.small.name} understood {_offered(drafted.calls)}, which was not done: "
                "say it more plainly, or type the call"
            ) from None
        if not answer.calls and not answer.text and drafted is not None:
            answer = replace(answer, nearest=answer.nearest or drafted.nearest)
        return replace(answer, mind=self.large.name)

    async def _tried(self, prompt: Prompt) -> Draft | None:
        """The small mind's draft; None where it has none, for the large one may."""
        try:
            return await self.small.think(prompt)
        except SysError:
            return None

    def suffices(self, draft: Draft, menu: tuple[AnyCall, ...]) -> bool:
        """Whether the small mind read all of the request, and each call is sure enough for its effect class."""
        effects = {call.name: call.effect for call in menu}
        return (
            bool(draft.calls)
            and not draft.unread
            and all(
                each.name in effects
                and not each.ungrounded
                and each.confidence >= self.least(effects[each.name])
                for each in draft.calls
            )
        )

    def least(self, effect: Effect) -> float:
        """The confidence the small mind needs for an effect class: what was configured, never below the kernel's floor."""
        return max(floors(effect).act, self._least.get(effect, LEAST[kind(effect)]))

    def listen(self, tell: Tell) -> None:
        """To the large mind: the small one's words may not be the ones that count."""
        if isinstance(self.large, Speaking):
            self.large.listen(tell)

    def prepare(self, request: str, menu: tuple[AnyCall, ...]) -> None:
        """As of the small mind: it is asked first."""
        if isinstance(self.small, Foresighted):
            self.small.prepare(request, menu)

    async def close(self) -> None:
        """Let go of both."""
        try:
            await self.small.close()
        finally:
            await self.large.close()


def _offered(calls: tuple[Drafted, ...]) -> str:
    """The calls and how sure they are, in one clause."""
    return ", ".join(f"{each.words or each.name!r} as {each.name} ({each.confidence:.2f})" for each in calls)
