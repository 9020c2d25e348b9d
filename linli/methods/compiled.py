"""Inner loops made fast (编译): one typed decorator around numba, which may be missing.

The loops are written so that they give the same results uncompiled: whole numbers below 2**53, plain indexing of
one-dimensional rows, own random numbers. `LINLI_COMPILE=0` runs them uncompiled. The machine code is kept beside the
source (`__pycache__`), or where numba finds a writable folder; it is made anew when the source changes.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

LOOPS = ("linli.methods.partition.kernel", "linli.methods.siting.weights")
"""Modules with a loop to compile; each has `prepare()`."""

Function = TypeVar("Function", bound=Callable[..., Any])


def wanted() -> bool:
    """Whether loops are to be compiled: numba is installed, and neither `LINLI_COMPILE=0` nor numba's own switch says no."""
    if os.environ.get("LINLI_COMPILE", "") == "0":
        return False
    try:
        import numba
    except ImportError:
        return False
    return not getattr(numba.config, "DISABLE_JIT", 0)


def can_cache(function: Callable[..., Any]) -> bool:
    """Whether numba finds a folder that it may write machine code to."""
    from numba import njit

    try:
        njit(cache=True)(function)
    except RuntimeError:
        return False
    return True


def compiled(function: Function, signature: str) -> Function:
    """The function as machine code for the types of its signature, taken from the cache when it is there (编译函数).

    Args:
        signature: numba's notation, such as ``void(int64, float64[::1])``.

    Raises:
        ImportError: numba is missing; ask `wanted` first.
    """
    from numba import njit

    made: Any = njit([signature], cache=can_cache(function))(function)
    found: Function = made
    return found


class _NotCached(Exception):
    """The machine code would have to be made first."""


def cached(function: Function, signature: str) -> Function | None:
    """The function as machine code from the cache; None when it is not there, without compiling anything (取缓存)."""
    from numba import njit

    def refuse(*_: object) -> None:
        raise _NotCached

    made: Any = njit(cache=True)(function)
    make, made._compiler.compile = made._compiler.compile, refuse
    try:
        made.compile(signature)
    except _NotCached:
        return None
    finally:
        made._compiler.compile = make
    found: Function = made
    return found


class Loop:
    """An inner loop that is fast as soon as its machine code is there (内循环).

    With the code in the cache it is compiled from the first call. Without, a second process compiles it while this one
    works with the uncompiled loop, so that a time limit holds on a fresh installation too; that process ends by itself.
    """

    def __init__(self, function: Callable[..., Any], signature: str, module: str, *, plain: bool = False) -> None:
        """`module` is where the function stands and has `prepare()`; `plain`: no time to load the machine code."""
        self._function, self._signature = function, signature
        self._run: Callable[..., Any] = function
        self._compiler: subprocess.Popen[bytes] | None = None
        self.arrays = not plain and wanted() and can_cache(function)
        """Whether rows must be arrays; lists are faster when nothing is ever compiled."""
        self.fast = False
        if not self.arrays:
            return
        if self._load():
            return
        command = [sys.executable, "-c", f"from {module} import prepare; prepare()"]
        quiet = subprocess.DEVNULL
        folder = Path(__file__).resolve().parent.parent.parent
        with contextlib.suppress(OSError):
            self._compiler = subprocess.Popen(
                command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
            )

    def _load(self) -> bool:
        made = cached(self._function, self._signature)
        self._run, self.fast = made or self._function, made is not None
        return self.fast

    def __call__(self, *arguments: Any) -> None:
        """Run the loop; switches to the machine code once it has been made."""
        if self._compiler is not None and self._compiler.poll() is not None:
            self._compiler = None
            self._load()
        self._run(*arguments)


def prepare_all() -> None:
    """Compile every loop into the cache; one that is there already costs half a second (全部预先编译)."""
    for name in LOOPS:
        importlib.import_module(name).prepare()


if __name__ == "__main__":
    prepare_all()
