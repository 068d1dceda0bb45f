"""What did a draft cost, and what does the machine lack, in words?"""

from kernel.happenings import Eased, Held, Near
from kernel.minds.port import Draft


def thought(draft: Draft, mind: str) -> str:
    """What a draft took of a language model; empty where none was asked."""
    if not (draft.tokens or draft.prompt_tokens):
        return ""
    read = f"read {draft.prompt_tokens} tokens"
    if draft.prompt_tokens and draft.cached_tokens:
        share = draft.cached_tokens / draft.prompt_tokens
        read += f", {draft.cached_tokens} of them from its prefix cache ({share:.0%})"
    return f"{draft.mind or mind} {read}, wrote {draft.tokens} in {draft.seconds:.1f} s"


def of_resources(happening: Held | Eased | Near) -> str:
    """A wait for room, its end, or a budget that runs short."""
    match happening:
        case Held(program, reason):
            return f"{program} waits: {reason}"
        case Eased(program):
            return f"{program} goes on"
        case Near(standing):
            return standing.text()
