"""Numbers of chance (随机编号): what happens when one is taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, models

from linli.kit.action import Again


@contextmanager
def drawn_again(table: type[models.Model], field: str = "number") -> Iterator[None]:
    """Store a row under a number of chance, inside an action.

    Without a savepoint, which would cost two statements each time for what happens once in a million: a number that is
    taken rolls the action back, and it is run again with another. SQLite names the column that refused, PostgreSQL the
    constraint.

    Raises: Again: the number is taken. IntegrityError: something else is there already.
    """
    try:
        yield
    except IntegrityError as error:
        if re.search(rf"\b{table._meta.db_table}[._]{field}(_|\b)", str(error)):
            raise Again from error
        raise
