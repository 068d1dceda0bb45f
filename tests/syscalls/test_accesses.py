"""What a call does to files is the same whether its annotations or its schema are asked."""

import pytest

from syscalls import file
from syscalls.accesses import accesses
from syscalls.built_in import BUILT_IN
from syscalls.table import AnyCall, argument_fields


@pytest.mark.parametrize("call", BUILT_IN, ids=lambda call: call.name)
def test_annotations_and_schema_agree(call: AnyCall) -> None:
    assert accesses(call) == {field.access for field in argument_fields(call.schema) if field.is_path}


def test_a_copy_reads_and_writes_and_a_look_only_reads() -> None:
    assert accesses(file.copy) == {"read", "write"}
    assert accesses(file.list_) == {"read"}
