"""A causal language model on torch: loaded whole, run token by token in the caller's thread.

torch, transformers and xgrammar are imported when a model is loaded and not before.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from kernel.minds.generative.port import Ask, Message, Piece
from kernel.minds.generative.roles import flattened
from kernel.minds.generative.rules import rules
from kernel.minds.generative.transformers_settings import TransformersSettings
from syscalls.errors import ContextFull, MindFailed

_MOST_GRAMMARS = 16
_STRANGE = (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError, ImportError)
"""What a strange or damaged model does to the library that loads it."""


class TorchModel:
    """One loaded model. Its methods block and are called by one thread at a time."""

    def __init__(self, settings: TransformersSettings, path: Path) -> None:
        """Load tokenizer and weights.

        Raises:
            MindFailed: it is no causal language model, has no chat template, or does not load.
        """
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._torch: Any = import_module("torch")
        if settings.threads:
            self._torch.set_num_threads(settings.threads)
        self._tokenizer, self._model = self._load(settings, path)
        if not getattr(self._tokenizer, "chat_template", None):
            raise MindFailed(
                f"transformers: the tokenizer of {settings.model!r} has no chat template; expected an instruct or chat model"
            )
        own = int(getattr(self._model.config, "max_position_embeddings", 0) or 0)
        self.context_tokens = min(settings.context_tokens, own or settings.context_tokens) or own
        self._special = tuple({*self._tokenizer.all_special_tokens, *self._added()})
        self._stops = self._stop_ids()
        self._has_system = True
        self._compiler: Any = None
        self._compiled: OrderedDict[bytes, Any] = OrderedDict()
        self._kept: tuple[list[int], Any] = ([], None)
        """Tokens of the latest generation and their cache: the next prompt's beginning is not computed again."""

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The prompt as the model's template makes it.

        Raises:
            MindFailed: the template refuses the messages.
        """
        refused = ""
        for has_system in (self._has_system, False):
            chat = flattened(messages, has_system=has_system, special=self._special)
            try:
                text = self._tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
            except (import_module("jinja2").TemplateError, ValueError, TypeError) as error:
                refused = str(error)
                continue
            self._has_system = has_system
            return [int(token) for token in self._tokenizer(text, add_special_tokens=False)["input_ids"]]
        raise MindFailed(f"transformers: the model's chat template refuses the conversation: {refused}")

    def run(self, ask: Ask, cancelled: threading.Event) -> Iterator[Piece]:
        """The answer token by token; ends early once `cancelled` is set.

        Raises:
            ContextFull: prompt and answer do not fit.
        """
        prompt = self.tokens(ask.messages)
        if self.context_tokens and len(prompt) + 1 > self.context_tokens:
            raise ContextFull(f"the turn has {len(prompt)} tokens and the model holds {self.context_tokens}")
        most = (
            min(ask.max_tokens, self.context_tokens - len(prompt)) if self.context_tokens else ask.max_tokens
        )
        cache, cached = self._cache_for(prompt)
        yield Piece("", prompt_tokens=len(prompt), cached_tokens=cached)
        with self._torch.inference_mode():
            yield from self._decode(ask, prompt, cache, cached, most, cancelled)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The mean of the last hidden states of each text's tokens, at unit length."""
        found = []
        with self._torch.inference_mode():
            for text in texts:
                inputs = self._tokenizer(text or " ", return_tensors="pt", truncation=True, max_length=512)
                inputs = {name: value.to(self._model.device) for name, value in inputs.items()}
                states = self._model(**inputs, output_hidden_states=True).hidden_states[-1][0].float().mean(0)
                found.append([float(number) for number in (states / states.norm().clamp_min(1e-9)).tolist()])
        return found

    def _load(self, settings: TransformersSettings, path: Path) -> tuple[Any, Any]:
        library: Any = import_module("transformers")
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
        options: dict[str, Any] = {"local_files_only": True, "dtype": settings.dtype}
        folder, named = str(path), {}
        if path.suffix == ".gguf":
            folder, named = str(path.parent), {"gguf_file": path.name}
            options["quantization_config"] = library.GgufConfig(dequantize=True)
            options["dtype"] = self._torch.float32 if settings.dtype == "auto" else settings.dtype
        try:
            tokenizer = library.AutoTokenizer.from_pretrained(folder, local_files_only=True, **named)
            model = library.AutoModelForCausalLM.from_pretrained(folder, **options, **named)
        except (*_STRANGE, import_module("safetensors").SafetensorError) as error:
            line = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
            raise MindFailed(
                f"transformers: {settings.model!r} does not load: {line}; expected a causal language model "
                "of an architecture that transformers knows"
            ) from None
        device = settings.device
        if device == "auto":
            device = "cuda" if self._torch.cuda.is_available() else "cpu"
        return tokenizer, model.to(device).eval()

    def _added(self) -> list[str]:
        return [str(token) for token in getattr(self._tokenizer, "added_tokens_encoder", {})]

    def _stop_ids(self) -> set[int]:
        found: set[int] = set()
        for given in (
            self._tokenizer.eos_token_id,
            getattr(self._model.generation_config, "eos_token_id", None),
        ):
            found |= {
                int(each) for each in (given if isinstance(given, list) else [given]) if each is not None
            }
        return found

    def _cache_for(self, prompt: list[int]) -> tuple[Any, int]:
        """A cache that holds the beginning of the prompt, and how many tokens of it."""
        known, cache = self._kept
        self._kept = ([], None)
        same = 0
        for before, now in zip(known, prompt[:-1], strict=False):
            if before != now:
                break
            same += 1
        if cache is not None and same and not any(getattr(cache, "is_sliding", ())):
            cache.crop(same)
            return cache, same
        return import_module("transformers").DynamicCache(config=self._model.config), 0

    def _decode(
        self, ask: Ask, prompt: list[int], cache: Any, cached: int, most: int, cancelled: threading.Event
    ) -> Iterator[Piece]:
        torch, matcher = self._torch, self._matcher(ask.schema)
        dice = torch.Generator(device="cpu")
        dice.manual_seed(ask.seed) if ask.seed is not None else dice.seed()
        fed, made, text = prompt[cached:], Spoken(self._tokenizer), ""
        while len(made.ids) < most and not cancelled.is_set():
            inputs = torch.tensor([fed], device=self._model.device)
            logits = self._model(inputs, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[
                0, -1
            ]
            token, logprob = self._pick(logits.float().cpu(), ask, dice, matcher)
            self._kept = ([*prompt, *made.ids], cache)
            if token in self._stops:
                yield Piece(made.rest(), 0, finish="stop")
                return
            if matcher is not None:
                matcher.accept_token(token)
            more = made.add(token)
            text += more
            for stop in ask.stop:
                if (at := text.find(stop)) >= 0:
                    yield Piece(
                        more[: max(0, len(more) - (len(text) - at))], 1, finish="stop", logprob=logprob
                    )
                    return
            yield Piece(more, 1, logprob=logprob)
            fed = [token]
        if not cancelled.is_set():
            yield Piece(made.rest(), 0, finish="length")

    def _pick(self, logits: Any, ask: Ask, dice: Any, matcher: Any) -> tuple[int, float]:
        torch = self._torch
        if matcher is not None:
            xgrammar = import_module("xgrammar")
            mask = xgrammar.allocate_token_bitmask(1, logits.shape[-1])
            matcher.fill_next_token_bitmask(mask, 0)
            xgrammar.apply_token_bitmask_inplace(logits.unsqueeze(0), mask)
        scale = ask.temperature if ask.temperature > 0 else 1.0
        shares = torch.log_softmax(logits / scale, -1)
        token = (
            int(torch.multinomial(shares.exp(), 1, generator=dice))
            if ask.temperature > 0
            else int(logits.argmax())
        )
        return token, float(shares[token])

    def _matcher(self, schema: bytes | None) -> Any:
        if schema is None:
            return None
        xgrammar: Any = import_module("xgrammar")
        if self._compiler is None:
            known = xgrammar.TokenizerInfo.from_huggingface(
                self._tokenizer, vocab_size=self._model.config.vocab_size, stop_token_ids=sorted(self._stops)
            )
            self._compiler = xgrammar.GrammarCompiler(known, max_threads=2)
        compiled = self._compiled.get(schema)
        if compiled is None:
            written = rules(schema)
            compiled = (
                self._compiler.compile_json_schema(schema.decode(), any_whitespace=False)
                if written is None
                else self._compiler.compile_grammar(written)
            )
            self._compiled[schema] = compiled
            if len(self._compiled) > _MOST_GRAMMARS:
                self._compiled.popitem(last=False)
        return xgrammar.GrammarMatcher(compiled)


class Spoken:
    """Text of the tokens so far; half a character waits for its other half."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.ids: list[int] = []
        self._from = 0
        """First token of what is decoded: the last that was whole, for its space belongs to the next."""
        self._told = 0

    def add(self, token: int) -> str:
        """What this token adds."""
        self.ids.append(token)
        before = self._text(self._from, self._told)
        now = self._text(self._from, len(self.ids))
        if now.endswith("\ufffd") or len(now) <= len(before):
            return ""
        self._from, self._told = self._told, len(self.ids)
        return now[len(before) :]

    def rest(self) -> str:
        """What still waits."""
        before, now = self._text(self._from, self._told), self._text(self._from, len(self.ids))
        self._told = len(self.ids)
        return now[len(before) :]

    def _text(self, start: int, end: int) -> str:
        return str(self._tokenizer.decode(self.ids[start:end], skip_special_tokens=False))
