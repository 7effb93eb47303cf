"""How the register is read: what a stretch of many rows leaves as it was."""

from __future__ import annotations

import gc

import pytest

from canbo.registry.asking import in_bulk


@pytest.mark.parametrize("searched", [True, False])
def test_after_many_rows_circles_are_searched_for_as_before_also_after_a_fault(searched: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if searched else gc.disable)()
        with in_bulk():
            assert not gc.isenabled()
            with in_bulk():
                assert not gc.isenabled()
            assert not gc.isenabled(), "the inner stretch ends within the outer"
        assert gc.isenabled() == searched
        with pytest.raises(ZeroDivisionError), in_bulk():
            1 / 0  # noqa: B018
        assert gc.isenabled() == searched
    finally:
        (gc.enable if before else gc.disable)()
