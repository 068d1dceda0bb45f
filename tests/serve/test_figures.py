"""The figures of a running service are real, countable and in the format Prometheus reads."""

import re
from pathlib import Path

from apps.shell.service.tally import BOUNDS_S, Tally
from kernel.call import Err
from kernel.happenings import Completed
from syscalls.errors import BadArgument, UnknownCall
from tests.e2e.program import Program
from tests.serve.serving import Serving

_LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (-?[0-9.e+-]+|\+Inf)')


def figures(aosh: Program) -> dict[str, float]:
    """By name and labels, each family announced before its figures."""
    ran = aosh.run("metrics")
    assert ran.code == 0, ran.err
    found: dict[str, float] = {}
    kinds: dict[str, str] = {}
    for line in ran.out.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            matched = _LINE.fullmatch(line)
            assert matched, line
            family = matched[1] if matched[1] in kinds else re.sub("_(bucket|sum|count)$", "", matched[1])
            assert kinds[family] == "histogram" or family == matched[1], line
            key = matched[1] + (f"{{{matched[2]}}}" if matched[2] else "")
            assert key not in found, line
            found[key] = float(matched[3])
    return found


def test_calls_jobs_and_memory_are_counted(serving: Serving) -> None:
    aosh = serving.aosh
    before = figures(aosh)
    assert before['aosh_jobs{state="due"}'] == 0
    assert before['aosh_resident_memory_bytes{of="kernel"}'] > 10_000_000
    aosh(":file.read a.txt")
    aosh(":file.read missing.txt")
    assert aosh(':sched.at when="in 1 second" what=":file.read missing.txt" name=doomed').code == 0
    serving.until_said("'doomed' failed")
    after = figures(aosh)
    assert after['aosh_syscalls_total{area="file",outcome="ok"}'] == 1
    assert after['aosh_syscalls_total{area="file",outcome="ENOENT"}'] == 2, "the job's too"
    assert after['aosh_syscall_seconds_count{area="file"}'] == 3
    assert after['aosh_syscall_seconds_bucket{area="file",le="+Inf"}'] == 3
    buckets = [
        value for name, value in after.items() if name.startswith('aosh_syscall_seconds_bucket{area="file"')
    ]
    assert buckets == sorted(buckets)
    assert after['aosh_job_runs_total{end="failed"}'] == 1
    assert after['aosh_job_failures{job="doomed"}'] == 1
    assert after["aosh_job_lateness_seconds_count"] == 1
    assert after['aosh_agents{state="failed"}'] == 1
    assert after["aosh_requests_total"] == 3
    assert after["aosh_uptime_seconds"] > before["aosh_uptime_seconds"]


def test_a_name_that_a_mind_made_up_is_no_label() -> None:
    tally = Tally()
    watch = tally.watching(lambda happening: None)
    watch(Completed(Err(UnknownCall("no"), 'x"}\n1.y'), 0.5))
    watch(Completed(Err(BadArgument("no"), "file.read"), 70.0))
    assert dict(tally.calls) == {("unknown", "ENOSYS"): 1, ("file", "EINVAL"): 1}
    counts = [sample.value for sample in tally.seconds["file"].samples({})]
    assert counts == [0] * len(BOUNDS_S) + [1, 70.0, 1]


def test_without_a_service_there_are_none(aosh: Program) -> None:
    ran = aosh.run("metrics")
    assert (ran.code, ran.out) == (1, "")
    assert "`aosh serve` starts one" in ran.err


def test_the_endpoint_serves_the_same_families(tmp_path: Path, aosh: Program) -> None:
    import socket

    path = tmp_path / "m.sock"
    with Serving(aosh, "--metrics", f"unix:{path}") as serving, socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(path))
        sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        page = b""
        while part := sock.recv(65_536):
            page += part
        told = {line for line in page.decode().splitlines() if line.startswith("# TYPE")}
        assert {f"# TYPE {name}" for name in ("aosh_jobs gauge", "aosh_syscalls_total counter")} <= told
        assert told == {
            line for line in serving.aosh.run("metrics").out.splitlines() if line.startswith("# TYPE")
        }
