"""`resource.sample` events: now, and every few seconds while a request is carried out, where they were asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from kernel.happenings import Sampled, Watcher

SAMPLE_S = 5.0


@contextmanager
def sampled(watch: Watcher, *, is_asked: bool) -> Iterator[None]:
    """Tell what the machine and this kernel's process tree use while the block runs."""
    if not is_asked:
        yield
        return
    from kernel.resources.sampler import Sampler
    from kernel.resources.trees import Tracked

    sampler = Sampler(period_s=SAMPLE_S)
    sampler.track(Tracked("this kernel", "kernel", os.getpid()))
    sampler.listen(lambda sample: watch(Sampled(sample)))
    try:
        watch(Sampled(sampler.sample()))
        yield
    finally:
        sampler.close()
