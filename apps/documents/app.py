"""The table of the calls on files by meaning and who serves each."""

from apps.documents import serving
from apps.sdk import App
from syscalls import doc as abi

documents = App("doc", "Files by meaning", calls=abi.CALLS)

documents.serves(abi.find)(serving.find)
documents.serves(abi.index)(serving.index)
documents.serves(abi.refresh)(serving.refresh)
documents.serves(abi.status)(serving.status)
documents.serves(abi.forget)(serving.forget)
