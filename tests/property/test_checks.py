"""The quick check of arguments and the JSON Schema validator never disagree about what is accepted."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from syscalls.errors import BadArgument
from syscalls.table import AnyCall, Table
from tests.kernel.world import CALLS
from tests.property.strategies import arguments

TABLE = Table(CALLS)


@given(st.sampled_from(CALLS).flatmap(lambda call: st.tuples(st.just(call), arguments(call.name))))
@settings(max_examples=200)
def test_a_call_takes_exactly_what_its_schema_accepts(proposed: tuple[AnyCall, dict[str, Any]]) -> None:
    call, given_ = proposed
    accepted = Draft202012Validator(call.schema).is_valid(given_)
    try:
        TABLE[call.name].check(given_)
    except BadArgument as refused:
        assert not accepted
        assert str(refused).startswith(f"{call.name}: ")
        assert len(str(refused)) < 1_000
    else:
        assert accepted
