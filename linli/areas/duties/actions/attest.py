"""Writes of the duty board: a named person attests a duty with a document, and takes it back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from linli.areas.duties.models import Attestation
from linli.areas.duties.rules import bearers_of, duties_of
from linli.commons.actor import Actor
from linli.commons.models import Body, code_for
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.files import check_upload, keep
from linli.kit.text import fitting
from linli.law.load import cite, pack_for_place

LONGEST = timedelta(days=366 * 3)
"""An attestation for longer than three years is no evidence of today."""


@action("duties.attest")
def attest_duty(
    *, by: Actor, body: Body, duty: str, person: str, title: str, valid_until: date, document: Any
) -> Attestation:
    """A body attests that it does a duty (证明履职), with a document, a named person and a day on which that expires.

    Args:
        document: the upload; a picture or a PDF.
    Raises:
        NotAllowed: another body's duty. BadInput: something is missing, expired already, or no picture or PDF.
        RuleBroken: the duty is none of this body's, or is judged by the list that was published.
    """
    if by.body_code != body.code:
        raise NotAllowed("只能证明本单位的职责。请由义务主体自己的工作人员办理。", code="not_own_body")
    pack = pack_for_place(body.place_id)
    owed = duties_of(pack, bearers_of(kind=body.kind, level=body.place.level, duty=body.duty))
    found = next((one for one in owed if one.id == duty), None)
    if found is None:
        raise RuleBroken("这不是本单位的职责。请从履职台账中选择。", code="not_own_duty")
    basis = (f"{pack.id}.{found.at}",)
    if found.rule is not None and found.rule.shape in ("published_list", "nothing_outside"):
        raise RuleBroken(
            f"{cite(found.at)}这一项按清单和派单记录评判，不能用材料代替。请公布清单，或停止清单外派单。",
            code="judged_by_record",
            basis=basis,
        )
    person, title = fitting(person, 40, "证明人"), fitting(title, 120, "材料名称")
    if not person or not title:
        raise BadInput("请写明证明人和材料名称。", code="field_missing")
    today = timezone.localdate()
    if valid_until <= today:
        raise BadInput("有效期要晚于今天。材料已过期的，请先更新材料。", code="expired_already")
    if valid_until > today + LONGEST:
        raise BadInput("有效期最长三年。到期后请重新证明。", code="valid_too_long")
    cleaned = check_upload(document)
    row = Attestation(
        code=code_for("LZ"),
        pack=pack.id,
        duty=found.id,
        body=body,
        person=person,
        title=title,
        valid_until=valid_until,
        attested_by=by.code,
    )
    row.document = keep(cleaned, subject=row.trail_key, by=by.code, code=code_for("F", 20)).code
    row.save()
    facts = {"duty": found.id, "valid_until": valid_until.isoformat(), "document": row.document}
    trail.record("duties.attested", row, by=by, facts=facts, basis=basis)
    return row


@action("duties.attest")
def withdraw_attestation(*, by: Actor, attestation: Attestation, why: str) -> Attestation:
    """Take an attestation back (撤回证明): by the body itself, or by the county's lead body that found it wrong.

    Raises:
        NotAllowed: neither of the two. BadInput: no reason. WrongState: withdrawn already.
    """
    own = by.body_code == attestation.body_id
    if not own and (by.body is None or by.body.kind != Body.Kind.LEAD):
        raise NotAllowed("只有义务主体自己或县级牵头部门可以撤回。", code="not_own_body")
    why = fitting(why, 200, "撤回原因")
    if not why:
        raise BadInput("请写明撤回原因。", code="why_missing")
    now = timezone.now()
    done = Attestation.objects.filter(pk=attestation.pk, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=by.code, withdrawn_why=why
    )
    if not done:
        raise WrongState("这份证明已经撤回。", code="wrong_state")
    attestation.withdrawn_at, attestation.withdrawn_by, attestation.withdrawn_why = now, by.code, why
    pack = pack_for_place(attestation.place_code)
    basis = tuple(f"{pack.id}.{one.at}" for one in pack.duties if one.id == attestation.duty)
    trail.record(
        "duties.attestation_withdrawn", attestation, by=by, facts={"duty": attestation.duty}, basis=basis, note=why
    )
    return attestation
