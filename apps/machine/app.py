"""The table of the machine calls and who serves each."""

from apps.machine import processes, status
from apps.sdk import App
from syscalls import sys as abi

machine = App("sys", "The machine", calls=abi.CALLS)

machine.serves(abi.status)(status.status)
machine.serves(abi.processes)(processes.processes)
