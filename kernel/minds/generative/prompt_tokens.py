"""Messages to tokens, where most of a prompt is what the last one was.

Encoding a menu of fifty calls takes 8 ms, and a turn wants it three times: to see what room there is, to see whether it
fits, and to run. A tokenizer looks for its special tokens before anything else, so that what begins at one of them is
encoded the same whatever stands before; such parts are kept, and a turn encodes only what is new in it.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from kernel.minds.generative.port import Message
from kernel.minds.generative.special import neutral

KEPT_CHARS = 400_000
"""Text whose tokens are kept: about a hundred thousand tokens, 4 MB."""
_KEPT_PROMPTS = 8


class PromptTokens:
    """A model's chat template and tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        """Args: `tokenizer` as transformers loads it."""
        self._tokenizer = tokenizer
        self._special = tuple(tokenizer.all_special_tokens)
        self._cut = _cutting(tokenizer)
        self._parts: OrderedDict[tuple[bool, str], list[int]] = OrderedDict()
        self._chars = 0
        self._prompts: OrderedDict[tuple[Message, ...], list[int]] = OrderedDict()

    def of(self, messages: Sequence[Message]) -> list[int]:
        """The template's tokens around the messages' text, which itself never becomes a special token."""
        key = tuple(messages)
        found = self._prompts.get(key)
        if found is None:
            found = self._prompts[key] = self._encoded(self._text(messages))
            if len(self._prompts) > _KEPT_PROMPTS:
                self._prompts.popitem(last=False)
        return found.copy()

    def _text(self, messages: Sequence[Message]) -> str:
        turns = [
            {"role": message.role, "content": neutral(message.text, self._special)} for message in messages
        ]
        return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))

    def _encoded(self, text: str) -> list[int]:
        if self._cut is None:
            return self._fresh(text)
        begins = [0, *[found.start() for found in self._cut.finditer(text) if found.start()], len(text)]
        ids: list[int] = []
        for start, end in pairwise(begins):
            ids += self._part(text[start:end], is_first=not start)
        return ids

    def _part(self, text: str, *, is_first: bool) -> list[int]:
        key = (is_first, text)  # some tokenizers put a blank before the first word of all
        found = self._parts.get(key)
        if found is not None:
            self._parts.move_to_end(key)
            return found
        found = self._parts[key] = self._fresh(text)
        self._chars += len(text)
        while self._chars > KEPT_CHARS:
            (_, left), _ = self._parts.popitem(last=False)
            self._chars -= len(left)
        return found

    def _fresh(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))


def _cutting(tokenizer: Any) -> re.Pattern[str] | None:
    """Where a text may be cut: before special tokens that take nothing of what stands before them."""
    known = getattr(tokenizer, "added_tokens_decoder", None)
    if not isinstance(known, dict) or not getattr(tokenizer, "is_fast", False):
        return None
    plain = [
        str(token)
        for token in known.values()
        if token.special and not (token.normalized or token.lstrip or token.single_word)
    ]
    return (
        re.compile("|".join(re.escape(text) for text in sorted(plain, key=len, reverse=True)))
        if plain
        else None
    )
