"""The worked values of the contract, by the reference."""

from datetime import UTC, datetime

import pytest

from .answers import put
from .attribution import tenant_of
from .matching import difference
from .reading import read
from .worked_values import WORKED, Worked

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: worked.name)
def test_worked_value(worked: Worked) -> None:
    world = read(worked.scene.lines(1), NOW)
    assert not world.rejects
    got = put(tenant_of(world, 1), worked.document, None, NOW)
    assert difference(worked.expected, got, tolerance=1e-5) is None
