"""The table of the memory calls and who serves each."""

from apps.memory import keep, look
from apps.sdk import App
from syscalls import mem as abi

memory = App("mem", "Memory", calls=abi.CALLS)

memory.serves(abi.store)(keep.store)
memory.serves(abi.recall)(look.recall)
memory.serves(abi.list_)(look.list_)
memory.serves(abi.update)(keep.update)
memory.serves(abi.forget)(keep.forget)
memory.serves(abi.pin)(keep.pin)
memory.serves(abi.load)(keep.load)
