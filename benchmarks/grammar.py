"""What does a menu of sixty calls cost before the first token: its grammar, and the tokens of its prompt?"""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from typing import Any

from benchmarks.report import Row, of_rounds
from benchmarks.world import Effort, World
from kernel.minds.generative.grammar import Bounds, Grammars, compiled
from kernel.minds.generative.layout import menu_text, messages
from kernel.minds.generative.prompt_tokens import PromptTokens
from kernel.minds.generative.rules import rules
from kernel.minds.port import Prompt
from syscalls.built_in import BUILT_IN
from syscalls.table import AnyCall

MODEL = "AOSH_MODEL"
"""The environment variable that names the model folder; of it only the tokenizer is used here."""
CALLS = 60


def menu() -> tuple[AnyCall, ...]:
    """Sixty calls: the built-in ones, and copies under other names where those are fewer."""
    known = [call for call in BUILT_IN if not call.is_hidden]
    copies = [replace(call, area="app") for call in known]
    return tuple([*known, *copies][:CALLS])


def grammar(made: World, effort: Effort) -> list[Row]:
    """All rows; needs no vLLM, but xgrammar and a tokenizer."""
    del made
    if find_spec("xgrammar") is None or MODEL not in os.environ:
        return [Row("grammar: of a menu", None, note="needs xgrammar and --model PATH")]
    tokenizer = import_module("transformers").AutoTokenizer.from_pretrained(os.environ[MODEL])
    return [*_compiling(tokenizer, effort), *_encoding(tokenizer, effort)]


def _compiling(tokenizer: Any, effort: Effort) -> list[Row]:
    xgrammar: Any = import_module("xgrammar")
    known = xgrammar.TokenizerInfo.from_huggingface(tokenizer, vocab_size=len(tokenizer))
    cold = xgrammar.GrammarCompiler(known, max_threads=8, cache_enabled=False)
    warm = xgrammar.GrammarCompiler(known, max_threads=8)
    calls, kept = menu(), Grammars()

    def ours(compiler: Any, schema: bytes) -> None:
        written = rules(schema)
        assert written is not None
        compiler.compile_grammar(written)

    def ours_cold() -> None:
        rules.cache_clear()
        ours(cold, compiled(calls, Bounds()).schema)

    def ours_warm() -> None:
        ours(warm, kept.of(calls).schema)

    def schema_alone() -> None:
        cold.compile_json_schema(compiled(calls, Bounds()).schema.decode(), any_whitespace=False)

    ours_warm()
    rows = []
    for name, clock in (("time", time.perf_counter), ("processor time", time.process_time)):
        taken, beside = _interleaved(effort, clock, ours_cold, schema_alone)
        rows.append(
            Row(
                f"grammar: a menu of {CALLS} calls compiled, {name}", of_rounds("ms", taken), "<= 50 ms",
                "its JSON Schema given to xgrammar", of_rounds("ms", beside),
            )
        )  # fmt: skip
    again, _ = _interleaved(effort, time.perf_counter, ours_warm)
    return [*rows, Row("grammar: the same menu again", of_rounds("ms", again), "0")]


def _encoding(tokenizer: Any, effort: Effort) -> list[Row]:
    """A prompt of the menu whose request is new."""
    ours, calls, numbers = PromptTokens(tokenizer), menu(), count()
    text = menu_text(calls)

    def asked() -> Any:
        return messages(Prompt(f"read {next(numbers)}.txt", calls, "/w"), menu=text)

    def anew() -> None:
        turns = [{"role": one.role, "content": one.text} for one in asked()]
        tokenizer.apply_chat_template(turns, add_generation_prompt=True)

    ours.of(asked())
    taken, beside = _interleaved(effort, time.process_time, lambda: ours.of(asked()), anew)
    return [
        Row(
            f"prompt: {len(ours.of(asked())):,} tokens, the request new, processor time", of_rounds("ms", taken), "",
            "encoded whole", of_rounds("ms", beside),
        )
    ]  # fmt: skip


def _interleaved(
    effort: Effort, clock: Callable[[], float], *works: Callable[[], object]
) -> tuple[list[list[float]], list[list[float]]]:
    """Milliseconds of one or two works, taking turns."""
    found: tuple[list[list[float]], list[list[float]]] = ([], [])
    for _ in range(effort.rounds):
        for kept in found:
            kept.append([])
        for _ in range(max(5, effort.calls // 100)):
            for kept, work in zip(found, works, strict=False):
                begun = clock()
                work()
                kept[-1].append((clock() - begun) * 1_000)
    return found
