"""Once only (幂等): the same request, sent again, has one effect and the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kit import trail
from linli.kit.errors import BadInput, Refusal, WrongState
from linli.kit.privacy import EncryptedTextField, label


class Done(models.Model):
    """A request that was carried out, and its answer (已处理请求)."""

    caller = models.CharField("调用方", max_length=80)
    key = models.CharField("幂等键", max_length=100)
    request = models.CharField("请求指纹", max_length=64)
    answer = EncryptedTextField("答复")
    at = models.DateTimeField("时间", auto_now_add=True)

    LABELS = label(L2="id caller key request at", L4="answer")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["caller", "key"], name="once_per_caller_and_key"),)


def checked_key(key: str) -> str:
    """An Idempotency-Key as programs send it. Raises: BadInput: signs that no header should hold."""
    if not (key.isascii() and key.isprintable() and key.strip()):
        raise BadInput(_("Idempotency-Key 要用 1 到 100 个英文字母、数字或符号。"), code="idempotency_key")
    return key


def once(caller: str, key: str, request: bytes, run: Callable[[], str]) -> tuple[str, bool]:
    """Run a request unless it was run before; return its answer and whether it is new.

    Args:
        caller: who calls. key: the caller's Idempotency-Key. request: the body, to tell a repeat from a mix-up.
        run: does the work and returns the answer as text.

    Raises:
        BadInput: key too long. WrongState: the key was used for another request.
    """
    if len(key) > 100:
        raise BadInput("Idempotency-Key 过长，请用 100 个字符以内的唯一值。", code="idempotency_key")
    digest = hashlib.sha256(request).hexdigest()

    def known() -> str | None:
        row = Done.objects.filter(caller=caller, key=key).first()
        if row is not None and row.request != digest:
            raise WrongState("这个 Idempotency-Key 已用于另一个请求，请换一个新的键。", code="idempotency_mismatch")
        return None if row is None else row.answer

    answer = known()
    if answer is not None:
        return answer, False
    try:
        with transaction.atomic():
            fresh: Any = run()
            Done.objects.create(caller=caller, key=key, request=digest, answer=fresh)
            return str(fresh), True
    except Refusal as refusal:
        if refusal.evidence is not None:  # the rollback above took it back
            trail.write([refusal.evidence])
        raise
    except IntegrityError:
        answer = known()  # a twin request was faster: its answer counts
        if answer is None:
            raise
        return answer, False


def once_within(caller: str, request: bytes, run: Callable[[], str], *, minutes: int) -> tuple[str, bool]:
    """`once` for a caller that sends no key: the same request within some minutes is taken for a repeat.

    Args:
        caller, request, run: as in `once`. minutes: how long; after that the same request counts as a new one.
    """
    digest = hashlib.sha256(request).hexdigest()
    now = timezone.now()
    turn = int(now.timestamp() // (minutes * 60))
    earlier = Done.objects.filter(caller=caller, key=f"{digest}:{turn - 1}", at__gt=now - timedelta(minutes=minutes))
    row = earlier.first()  # a repeat may fall into the next turn of the clock
    return (row.answer, False) if row is not None else once(caller, f"{digest}:{turn}", request, run)
