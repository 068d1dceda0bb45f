"""The table of the file calls and who serves each."""

from apps.files import (
    change,
    copy,
    differ,
    edit,
    land,
    look,
    measure,
    move,
    permissions,
    revert,
    search,
    stage,
    text,
)
from apps.sdk import App
from syscalls import file as abi

files = App("file", "Files and folders", calls=abi.CALLS)

files.serves(abi.read)(text.read)
files.serves(abi.head)(text.head)
files.serves(abi.tail)(text.tail)
files.serves(abi.sort)(text.sort)
files.serves(abi.list_)(look.list_)
files.serves(abi.tree)(look.tree)
files.serves(abi.find)(look.find)
files.serves(abi.search)(search.search)
files.serves(abi.stat)(measure.stat_)
files.serves(abi.count)(measure.count)
files.serves(abi.usage)(measure.usage)
files.serves(abi.hash_)(measure.hash_)
files.serves(abi.diff)(differ.diff)
files.serves(abi.write)(change.write)
files.serves(abi.append)(change.append)
files.serves(abi.mkdir)(change.mkdir)
files.serves(abi.edit)(edit.edit)
files.serves(abi.copy)(copy.copy)
files.serves(abi.move)(move.move)
files.serves(abi.delete)(move.delete)
files.serves(abi.mode)(permissions.mode)
files.serves(abi.revert)(revert.revert)
files.serves(abi.stage)(stage.stage)
files.serves(abi.land)(land.land)
