"""The real program in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WAIT_S = 60


@dataclass
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Program:
    """aosh for one test: its own home and workspace, rule-based reading unless told otherwise."""

    base: Path
    mind: str = "reader"
    environment: dict[str, str] = field(default_factory=dict)
    is_measured: bool = True
    """Whether coverage may watch it; its own start-up swallows signals."""

    @property
    def workspace(self) -> Path:
        """The folder it works in."""
        return self.base / "w"

    @property
    def surroundings(self) -> dict[str, str]:
        """Its environment."""
        kept = {key: value for key, value in os.environ.items() if key.startswith(("COVERAGE", "PATH"))}
        kept = kept if self.is_measured else {"PATH": os.environ["PATH"]}
        environment = kept | {
            "PYTHONPATH": str(ROOT),
            "AOSH_HOME": str(self.base / "home"),
            "AOSH_MIND": self.mind,
            "LANG": "C.UTF-8",
        }
        return environment | self.environment

    def start(
        self, *words: str, cwd: Path | None = None, stdin: int = subprocess.DEVNULL
    ) -> "subprocess.Popen[bytes]":
        """The process, running."""
        return subprocess.Popen(
            [sys.executable, "-m", "apps.shell.main", *words],
            cwd=cwd or self.workspace,
            env=self.surroundings,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: str, cwd: Path | None = None, stdin: bytes | None = None) -> Ran:
        """Run to the end."""
        pipe = subprocess.DEVNULL if stdin is None else subprocess.PIPE
        with self.start(*words, cwd=cwd, stdin=pipe) as process:
            return ended(process, stdin)

    def __call__(self, request: str, *options: str, stdin: bytes | None = None) -> Ran:
        """One request and out."""
        return self.run(*options, "-p", request, stdin=stdin)

    def scripted(self, *lines: dict[str, Any]) -> "Program":
        """The same with a mind that answers from these lines."""
        file = self.base / "script.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return Program(self.base, f"scripted:{file}", self.environment)


def ended(process: "subprocess.Popen[bytes]", stdin: bytes | None = None) -> Ran:
    """Wait for it; nothing is left running."""
    try:
        out, err = process.communicate(stdin, timeout=WAIT_S)
    finally:
        process.kill()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "replace"))


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """A call in a script."""
    return {"name": name, "arguments": arguments}
