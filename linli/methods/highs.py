"""Models for HiGHS given as arrays (整数规划求解): no modelling layer, so a model is there as soon as its arrays are.

HiGHS: Q. Huangfu, J. A. J. Hall, "Parallelizing the dual revised simplex method", 2018; its branch and cut is
deterministic.
"""

from __future__ import annotations

import io
import math
import os
import pickle
import select
import signal
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRACE = 0.1
"""Seconds that HiGHS may take longer than its limit before it is ended."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Model:
    """Minimise ``cost · v`` with ``row_low ≤ A v ≤ row_high`` and ``low ≤ v ≤ high``.

    A is stored by rows: ``starts`` (rows + 1), ``columns``, ``values``. ``whole`` marks the whole-numbered variables.
    """

    cost: Floats
    low: Floats
    high: Floats
    whole: NDArray[np.bool_]
    row_low: Floats
    row_high: Floats
    starts: Ints
    columns: Ints
    values: Floats


@dataclass(frozen=True)
class Solved:
    """What HiGHS found: values or None, their cost, a lower bound, and how it ended.

    ``infeasible`` means proven so; ``done`` means that nothing better exists.
    """

    values: Floats | None
    cost: float
    bound: float
    done: bool
    infeasible: bool


Tell = Callable[[Solved], None]


class Rows:
    """Rows of a model, gathered block by block (约束矩阵)."""

    def __init__(self) -> None:
        self._counts: list[NDArray[Any]] = []
        self._columns: list[NDArray[Any]] = []
        self._values: list[NDArray[Any]] = []
        self._lows: list[NDArray[Any]] = []
        self._highs: list[NDArray[Any]] = []

    def add(
        self, counts: NDArray[Any], columns: NDArray[Any], values: NDArray[Any], low: NDArray[Any], high: NDArray[Any]
    ) -> None:
        """Add rows: entries of each, their columns and values one row after the other, their bounds."""
        self._counts.append(np.asarray(counts))
        self._columns.append(np.asarray(columns))
        self._values.append(np.asarray(values, dtype=np.float64))
        self._lows.append(np.asarray(low, dtype=np.float64))
        self._highs.append(np.asarray(high, dtype=np.float64))

    def one(self, columns: NDArray[Any], values: NDArray[Any], low: float, high: float) -> None:
        """Add one row."""
        self.add(np.array([len(columns)]), columns, values, np.array([low]), np.array([high]))

    def model(self, cost: Floats, low: Floats, high: Floats, whole: NDArray[np.bool_]) -> Model:
        """The model with these rows."""
        counts = np.concatenate(self._counts) if self._counts else np.zeros(0, dtype=np.int64)
        return Model(
            cost=cost,
            low=low,
            high=high,
            whole=whole,
            row_low=np.concatenate(self._lows) if self._lows else np.zeros(0),
            row_high=np.concatenate(self._highs) if self._highs else np.zeros(0),
            starts=np.r_[0, np.cumsum(counts)].astype(np.int32),
            columns=(np.concatenate(self._columns) if self._columns else np.zeros(0)).astype(np.int32),
            values=np.concatenate(self._values) if self._values else np.zeros(0),
        )


def solve(model: Model, seconds: float, *, start: Floats | None = None, step: float = 0.0, seed: int = 0) -> Solved:
    """Solve a model within a time limit.

    Args:
        seconds: wall-clock limit.
        start: values of a known answer.
        step: smallest difference between two costs (1 when all are whole): ends the search sooner.

    HiGHS looks at its clock now and then only, sometimes seconds late. Where this process has one thread, as on the
    command line, it therefore works in a process of its own, which is ended when the time is over; its best answer and
    its bound until then are returned. Elsewhere its own limit holds.

    Exponential in the worst case, hence the limit.
    """
    seconds = max(seconds, 0.01)
    if hasattr(os, "fork") and threading.active_count() == 1:
        return _apart(lambda tell: _run(model, seconds, start, step, seed, tell), seconds + GRACE)
    return _run(model, seconds, start, step, seed, None)


def _apart(work: Callable[[Tell], Solved], seconds: float) -> Solved:
    """Do the work in a copy of this process, and end it when the time is over."""
    end = time.monotonic() + seconds
    inlet, outlet = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the threads of the linear algebra wait and hold no lock
        child = os.fork()
    if not child:
        try:
            os.close(inlet)
            with os.fdopen(outlet, "wb") as pipe:

                def tell(news: Solved) -> None:
                    pickle.dump(news, pipe)
                    pipe.flush()

                tell(work(tell))
        finally:
            os._exit(0)
    os.close(outlet)
    told = io.BytesIO()
    try:
        while (left := end - time.monotonic()) > 0 and select.select([inlet], [], [], left)[0]:
            part = os.read(inlet, 1 << 20)
            if not part:
                break
            told.write(part)
    finally:
        os.close(inlet)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    told.seek(0)
    last = Solved(None, math.inf, -math.inf, done=False, infeasible=False)
    try:
        while True:
            news: Solved = pickle.load(told)
            last = news
    except (EOFError, pickle.UnpicklingError):  # the end, or the last message was cut off
        return last


def _run(model: Model, seconds: float, start: Floats | None, step: float, seed: int, tell: Tell | None) -> Solved:
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("random_seed", seed)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", max(1e-6, step * 0.999))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.row_low)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, model.low, model.high
    lp.row_lower_, lp.row_upper_ = model.row_low, model.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = model.starts, model.columns, model.values
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in model.whole.tolist()]
    solver.passModel(lp)
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = start.tolist()
        solver.setSolution(given)
    if tell is not None:
        news = _News(tell)
        solver.cbMipImprovingSolution += news.better
        solver.cbMipInterrupt += news.turn
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    ends = highspy.HighsModelStatus
    if status in (ends.kInfeasible, ends.kUnboundedOrInfeasible):
        return Solved(None, math.inf, math.inf, done=True, infeasible=True)
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    bound = info.mip_dual_bound if model.whole.any() else info.objective_function_value
    return Solved(
        values=np.array(solver.getSolution().col_value) if found else None,
        cost=info.objective_function_value if found else math.inf,
        bound=float(bound) if math.isfinite(bound) else -math.inf,
        done=status == ends.kOptimal,
        infeasible=False,
    )


class _News:
    """What HiGHS tells while it works, handed on."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.last = Solved(None, math.inf, -math.inf, done=False, infeasible=False)

    def better(self, event: Any) -> None:
        """A better answer was found."""
        cost = float(event.data_out.objective_function_value)
        if cost < self.last.cost:
            values = np.array(event.data_out.mip_solution, dtype=np.float64)
            self.last = replace(self.last, values=values, cost=cost)
            self.tell(self.last)

    def turn(self, event: Any) -> None:
        """The search goes on: its bound so far."""
        bound = float(event.data_out.mip_dual_bound)
        if math.isfinite(bound) and bound > self.last.bound:
            self.last = replace(self.last, bound=bound)
            self.tell(self.last)
