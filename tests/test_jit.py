import numba

from vidsum.metrics import _jit


def test_without_a_place_for_the_cache_kernels_are_compiled_all_the_same(monkeypatch):
    njit = numba.njit

    def nowhere_to_write(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(numba, "njit", nowhere_to_write)

    @_jit.kernel
    def double(value):
        return 2 * value

    assert double(21) == 42
