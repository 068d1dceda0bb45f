"""Serves `tool.fetch`: a proxy that connects and a jail that reads, both for one fetch and both gone after it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import msgspec

from kernel.drivers.jailed import JailedDriver
from kernel.drivers.launch import Grants, Launched, Program
from kernel.drivers.port import Answer, Prepared
from kernel.jail.plan import package_root
from kernel.jail.spawn import spawn
from kernel.jail.spec import JailError, JailSpec, Tier
from kernel.net.proxy import COUNTER_BYTES, REQUEST_BYTES
from kernel.process import Process
from syscalls import tool
from syscalls.caps import ANY, Right
from syscalls.errors import BadArgument, DriverDied, SysError, TimedOut
from syscalls.hosts import target_of
from syscalls.labels import Labels, labels_of
from syscalls.table import AnyCall
from syscalls.tool_net import MOST_BYTES, Fetch, Fetched
from syscalls.undo import Plan
from syscalls.urls import canonical_url, parts_of

PROGRAM = Program("fetch", "apps.fetch.app:fetcher")
CONNECTIONS = 6
"""The first, and five redirects."""
_OVERHEAD_BYTES = 8 << 20
"""More than the headers that are read and TLS come to, so that a body is never cut here unsaid."""
_MOST_A_CONNECTION = MOST_BYTES + _OVERHEAD_BYTES + REQUEST_BYTES
_GRACE_S = 5.0
_BOOT = "import sys; sys.path.append(sys.argv[1]); from kernel.net.proxy import main; sys.exit(main(sys.argv[2:]))"
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
_JAIL = JailSpec(memory_bytes=512 << 20, cpu_s=120, file_bytes=0, open_files=64)


class Lab(msgspec.Struct, frozen=True):
    """A network that is not the internet: for tests, and for nobody else. No setting leads here."""

    names: dict[str, str] = {}
    """Host -> address, asked of no resolver."""
    addresses: tuple[str, ...] = ()
    """Addresses that may be connected to although they are not public."""
    authority: str = ""
    """File of the one certificate authority that is trusted, instead of the machine's."""


INTERNET = Lab()


class Fetcher:
    """Fetches for whoever the gate lets through."""

    def __init__(self, tier: Tier, lab: Lab = INTERNET) -> None:
        """Args: `tier` of the jail that reads; `lab` is given by tests only."""
        self._tier, self._lab = tier, lab

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Never: a fetch reaches the outside."""
        raise BadArgument(f"{call.name} is no look")

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Say nothing to anybody yet."""
        return _Fetch((self._tier, self._lab), process, msgspec.convert(arguments, Fetch))


class _Fetch:
    """One fetch that may happen."""

    plan = Plan((), ())

    def __init__(self, place: tuple[Tier, Lab], process: Process, asked: Fetch) -> None:
        self._tier, self._lab = place
        self._process, self._asked = process, asked
        self._most_bytes = 0
        self._counter = -1
        """Where the proxy writes how many bytes it has passed."""

    async def commit(self) -> Answer:
        """Fetch."""
        asked = self._asked
        _, host, port, _ = parts_of(asked.url)
        meter = self._process.meter
        self._most_bytes = meter.room("network_bytes", CONNECTIONS * _MOST_A_CONNECTION)
        with ExitStack() as stack:
            stack.callback(self._charge)
            driver = await self._start(stack, target_of(host, port))
            stack.callback(driver.kill)
            try:
                async with asyncio.timeout(asked.timeout_s + _GRACE_S):
                    pending = await driver.prepare(tool.fetch, msgspec.to_builtins(asked))
                    answer = await pending.commit()
            except SysError:
                stack.close()
                meter.check("network_bytes")  # the proxy went no further than the budget
                raise
            except TimeoutError:
                raise TimedOut(f"{host!r} gave no answer within {asked.timeout_s} s") from None
        meter.check("network_bytes")
        return Answer(answer.value, self._labels(host, answer.value))

    async def abort(self) -> None:
        """Nothing was begun."""

    def _charge(self) -> None:
        """Count what the proxy passed."""
        descriptor, self._counter = self._counter, -1
        if descriptor >= 0:
            passed = int.from_bytes(os.pread(descriptor, COUNTER_BYTES, 0), "little")
            os.close(descriptor)
            self._process.meter.count("network_bytes", passed)

    async def _start(self, stack: ExitStack, target: str) -> JailedDriver:
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(CONNECTIONS)]
        with ExitStack() as ends:
            for pair in pairs:
                for end in pair:
                    ends.callback(end.close)
            proxy = self._proxy([one.fileno() for one, _ in pairs], target)
            stack.callback(_end, proxy)
            return await JailedDriver.over(self._jailed([other.fileno() for _, other in pairs]))

    def _proxy(self, streams: Sequence[int], target: str) -> subprocess.Popen[bytes]:
        self._counter = os.memfd_create("passed", os.MFD_CLOEXEC)
        held = {cap.scope for cap in self._process.caps if cap.right is Right.NET and cap.scope != ANY}
        order = {
            "parent": os.getpid(),
            "streams": streams,
            "scopes": sorted(held | {target}),
            "limit_bytes": min(self._asked.limit_bytes + _OVERHEAD_BYTES, self._most_bytes + 1),
            "counter": self._counter,
            "seconds": self._asked.timeout_s + 2 * _GRACE_S,
            "lab": {"names": self._lab.names, "addresses": self._lab.addresses},
        }
        try:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BOOT, package_root(), json.dumps(order)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=(*streams, self._counter), env=_ENVIRONMENT, cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise DriverDied(f"the proxy could not be started: {error}") from None

    def _jailed(self, streams: Sequence[int]) -> Launched:
        trusted = _trusted(self._lab.authority)
        readable = tuple(path for path in trusted.values() if os.path.exists(path))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        settings = {
            "app": PROGRAM.reference, "channel": theirs.fileno(), "roots": [], "home": "/", "store": None,
            "streams": streams,
        }  # fmt: skip
        try:
            child = spawn(
                msgspec.structs.replace(_JAIL, read=readable), "apps.serve", [json.dumps(settings)],
                name="aosh-fetch", pass_fds=(theirs.fileno(), *streams), env=trusted, tier=self._tier,
            )  # fmt: skip
        except (JailError, OSError) as error:
            ours.close()
            raise DriverDied(f"the fetch driver could not be started: {error}") from None
        finally:
            theirs.close()
        return Launched(PROGRAM, Grants(), child, ours)

    def _labels(self, host: str, value: Any) -> Labels:
        """Of the host that was asked and of the one that answered."""
        hosts = {host}
        try:
            final = msgspec.msgpack.decode(value, type=Fetched).url
            hosts.add(parts_of(canonical_url(final))[1])
        except (msgspec.DecodeError, BadArgument):
            raise DriverDied("the fetch driver answered with something else than a page") from None
        return labels_of([f"web:{each}" for each in hosts], trusted=False)


def _trusted(authority: str) -> dict[str, str]:
    """Where the certificate authorities are, as OpenSSL's own variables."""
    if authority:
        return {"SSL_CERT_FILE": authority, "SSL_CERT_DIR": "/nonexistent"}
    import ssl  # a fortieth of a second; most sessions fetch nothing

    paths = ssl.get_default_verify_paths()
    return {
        "SSL_CERT_FILE": os.path.realpath(paths.cafile or paths.openssl_cafile),
        "SSL_CERT_DIR": os.path.realpath(paths.capath or paths.openssl_capath),
    }


def _end(proxy: subprocess.Popen[bytes]) -> None:
    proxy.kill()
    proxy.wait()
