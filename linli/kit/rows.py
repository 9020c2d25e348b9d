"""New rows by a statement that is kept (新增行): what is written many times a minute need not be compiled each time.

Django builds the text of an INSERT anew for every row, which costs three times as much as sending it. Values still go through
the model's fields, so that defaults, times, JSON and encryption are theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

M = TypeVar("M", bound=models.Model)

FEW = 20
"""More rows than this are left to `bulk_create`, which knows how much a statement may hold."""


def insert(rows: Sequence[M]) -> None:
    """Store new rows of one model, in their order and in one statement; afterwards each has its key (存入新行).

    Args:
        rows: never stored before, of a model of one table with a key that the database gives. As with `bulk_create`,
            a `save` of the model's own is not called.

    Raises:
        IntegrityError: a constraint refused; on PostgreSQL the transaction can only be rolled back.
    """
    if not rows:
        return
    model = type(rows[0])
    if len(rows) > FEW:
        model._base_manager.bulk_create(rows)
        return
    connection = connections[DEFAULT_DB_ALIAS]
    fields, text = _statement(model, len(rows))
    values: list[Any] = []
    for row in rows:
        values += [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


@lru_cache(maxsize=200)
def _statement(model: type[models.Model], count: int) -> tuple[tuple[models.Field[Any, Any], ...], str]:
    """The fields whose values a statement takes for each row, and its text."""
    quote, key = connections[DEFAULT_DB_ALIAS].ops.quote_name, model._meta.pk
    fields = tuple(field for field in model._meta.concrete_fields if field is not model._meta.auto_field)
    names = ", ".join(quote(str(field.column)) for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    table = quote(model._meta.db_table)
    text = f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * count)} RETURNING {quote(str(key.column))}"
    return fields, text
