"""How kernels are compiled, and when again."""

import importlib.util
from types import SimpleNamespace

import numba

from vidsum import kernels


def test_without_a_place_for_the_cache_kernels_are_compiled_all_the_same(monkeypatch):
    def nowhere_to_write(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return numba.njit(**options)

    monkeypatch.setattr(kernels, "numba", SimpleNamespace(njit=nowhere_to_write))

    @kernels.kernel
    def double(value):
        return 2 * value

    assert double(21) == 42


def test_a_kernel_is_compiled_anew_when_one_that_it_calls_has_changed(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    head = "from vidsum.kernels import kernel\n"
    bodies = {
        "inner": "@kernel\ndef inner(x):\n    return x + {}\n",
        "middle": "from inner import inner\n@kernel\ndef middle(x):\n    return inner(x)\n",
        "outer": "from middle import middle\n@kernel\ndef outer(x):\n    return middle(x)\n",
    }
    for name, body in bodies.items():
        (tmp_path / f"{name}.py").write_text(head + body.format(1))

    def outer():
        for name in bodies:
            spec = importlib.util.spec_from_file_location(name, tmp_path / f"{name}.py")
            module = importlib.util.module_from_spec(spec)
            monkeypatch.setitem(importlib.sys.modules, name, module)
            spec.loader.exec_module(module)
        return module.outer

    assert outer()(1) == 2
    again = outer()
    assert again(1) == 2
    assert sum(again.stats.cache_hits.values()) == 1
    (tmp_path / "inner.py").write_text(head + bodies["inner"].format(10))
    assert outer()(1) == 11
