"""What a host tells Prometheus: every family, where its figures come from, and what they mean."""

import os
import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from apps.shell.service.metrics import Registry, Sample
from kernel.version import VERSION

if TYPE_CHECKING:
    from apps.shell.host import Host


def add_figures(host: "Host") -> None:
    """Make a host's figures readable in its registry; each is read when somebody asks."""
    registry, began = host.metrics, time.monotonic()
    registry.add(
        "aosh_info",
        "The version, and the jail drivers run in.",
        lambda: [Sample(1, {"version": VERSION, "jail": host.jail.tier})],
    )
    registry.add("aosh_uptime_seconds", "Since the host started.", lambda: [Sample(time.monotonic() - began)])
    _of_calls(registry, host)
    _of_work(registry, host)
    _of_jobs(registry, host)
    _of_memory(registry)


def _of_calls(registry: Registry, host: "Host") -> None:
    tally = host.tally
    registry.add(
        "aosh_syscalls_total", "Calls that were answered, by area and outcome: ok, or the symbol of the error.",
        lambda: [Sample(n, {"area": area, "outcome": outcome}) for (area, outcome), n in sorted(tally.calls.items())],
        "counter",
    )  # fmt: skip
    registry.add(
        "aosh_syscall_seconds", "How long calls took, approvals included.",
        lambda: [each for area, spread in sorted(tally.seconds.items()) for each in spread.samples({"area": area})],
        "histogram",
    )  # fmt: skip
    registry.add("aosh_turns_total", "Requests that were begun.", lambda: [Sample(tally.turns)], "counter")
    registry.add(
        "aosh_tokens_total", "Tokens of minds and models: shown, of these cached, and generated.",
        lambda: [Sample(n, {"kind": kind}) for kind, n in sorted(tally.tokens.items())], "counter",
    )  # fmt: skip
    registry.add(
        "aosh_waits_total", "How often something waited for room on the machine, or for a model that loads.",
        lambda: [Sample(sum(tally.waits.values()))], "counter",
    )  # fmt: skip


def _of_work(registry: Registry, host: "Host") -> None:
    def agents() -> Iterable[Sample]:
        found = Counter(agent.row.state for agent in host.agents)
        return [Sample(count, {"state": state}) for state, count in sorted(found.items())]

    registry.add(
        "aosh_agents", "Agents this host knows, by state; of those that ended the latest 1,000.", agents
    )
    registry.add(
        "aosh_sessions",
        "Open sessions, those of agents and jobs included.",
        lambda: [Sample(len(host.drivers))],
    )
    registry.add(
        "aosh_engine_turns", "Turns that run on shared engines, and that wait for one.",
        lambda: [Sample(n, {"state": state}) for state, n in zip(("running", "waiting"), host.engines.load(), strict=True)],
    )  # fmt: skip

    def drivers() -> Iterable[Sample]:
        busy = Counter(each.program.name for session in host.drivers for each in session.running())
        idle = Counter(host.idle.names())
        for state, found in (("held", busy), ("idle", idle)):
            yield from (
                Sample(count, {"program": name, "state": state}) for name, count in sorted(found.items())
            )

    registry.add("aosh_drivers", "Jailed drivers, held by a session or idle.", drivers)


def _of_jobs(registry: Registry, host: "Host") -> None:
    def jobs() -> Iterable[Sample]:
        return [Sample(count, {"state": state}) for state, count in sorted(host.jobs.states().items())]

    registry.add(
        "aosh_jobs",
        "Jobs that are kept, by state; `due` are waiting ones whose moment has come, `running` have a run.",
        jobs,
    )
    registry.add(
        "aosh_job_failures", "How often in a row a job failed, of those that failed at their latest run.",
        lambda: [Sample(count, {"job": name}) for name, count in host.jobs.failing()],
    )  # fmt: skip
    registry.add(
        "aosh_job_runs_total", "Runs of jobs that ended while this host kept the time, in whichever process, by end.",
        lambda: [Sample(n, {"end": end}) for end, n in sorted(host.tally.runs.items())], "counter",
    )  # fmt: skip
    registry.add(
        "aosh_job_lateness_seconds", "Between a job's moment and the start of its run, of those runs.",
        lambda: host.tally.lateness.samples({}), "histogram",
    )  # fmt: skip


def _of_memory(registry: Registry) -> None:
    def memory() -> Iterable[Sample]:
        from kernel.resources.trees import Tracked

        tracked = Tracked("service", "kernel", os.getpid())
        alone = Tracked("service", "kernel", os.getpid(), is_whole=False)
        try:
            whole, own = tracked.look(time.monotonic()), alone.look(time.monotonic())
        finally:
            tracked.close()
            alone.close()
        yield Sample(own.rss_bytes, {"of": "kernel"})
        yield Sample(max(0, whole.rss_bytes - own.rss_bytes), {"of": "drivers and programs"})

    registry.add(
        "aosh_resident_memory_bytes", "Resident memory of the kernel's process, and of all below it.", memory
    )
    registry.add(
        "aosh_open_descriptors", "Open descriptors of the kernel's process.",
        lambda: [Sample(len(os.listdir("/proc/self/fd")))],
    )  # fmt: skip
    registry.add(
        "aosh_processor_seconds_total",
        "Processor time of the kernel's process.",
        lambda: [Sample(time.process_time())],
        "counter",
    )
