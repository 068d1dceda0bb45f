"""What did a draft cost, in words?"""

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
