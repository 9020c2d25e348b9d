"""Erasing what a resident told (删除个人信息), Personal Information Protection Law art. 47 and 50.

The trail holds codes and no words of the resident, so it stays valid. Every erasure is written into the ledger outside
the database first: a backup made before it, when restored, is erased again.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from linli.areas.appeals.flow import ENDED
from linli.areas.appeals.models import Answer, Appeal, CallBack, Erasure, Word
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.kit import files, ledger, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, RuleBroken, WrongState
from linli.kit.notices import notify

TITLE, TEXT = "（已删除）", "（反映人的个人信息和内容已按本人要求删除）"
BATCH = 500


@action("appeals.ask_erasure", at="appeal")
def ask_erasure(*, by: Actor, appeal: Appeal, shown: str = Erasure.Shown.CODE) -> Erasure:
    """The resident asks that the appeal's words, name and photos be erased (申请删除个人信息), PIPL art. 47.

    Args:
        shown: how the person showed that the appeal is theirs.

    Raises:
        WrongState: the appeal is still being handled, was erased, or a request waits already.
    """
    if appeal.state not in ENDED:
        raise WrongState(
            gettext_noop("这件诉求还在办理，现在删除就办不下去了。请先撤回，或等办结后再申请删除。"), code="wrong_state"
        )
    if appeal.erased:
        raise WrongState(gettext_noop("这件诉求的个人信息已经删除，不用再申请。"), code="wrong_state")
    if appeal.erasures.filter(state=Erasure.State.ASKED).exists():
        raise WrongState(gettext_noop("已经申请过，正在等待处理，不用再申请。"), code="wrong_state")
    row = Erasure.objects.create(appeal=appeal, asked_by=by.code, shown=shown)
    trail.record("appeals.erasure_asked", appeal, by=by, facts={"shown": shown})
    lead = Body.objects.filter(kind=Body.Kind.LEAD, place_id=appeal.county_id, ended_on=None).order_by("code").first()
    if lead is not None:
        notify(
            body=lead.code,
            subject=appeal.trail_key,
            place=appeal.place_id,
            text=f"居民申请删除个人信息，请在三十天内答复：{appeal.number}",
            url=f"/work/erasures/{appeal.number}/",
        )
    return row


@action("appeals.erase", at="appeal")
def erase_reporter(*, by: Actor, appeal: Appeal) -> Appeal:
    """Erase name, contact, words and photos of an appeal whose reporter asked for it (删除个人信息), PIPL art. 47.

    Counts, times, places and who did what stay: they say nothing about the person, and the trail rests on them.

    Raises:
        RuleBroken: nobody asked. WrongState: the appeal was reopened meanwhile.
    """
    row = _asked(appeal)
    if appeal.state not in ENDED:
        raise WrongState("这件诉求又在办理中，办结后才能删除。", code="wrong_state")
    # Before the database forgets: should the commit fail, the ledger only says what will be asked for again.
    ledger.note([appeal.trail_key])
    photos = wipe(appeal)
    row.decide(Erasure.State.ERASED, by.label)
    trail.record("appeals.erased", appeal, by=by, facts={"photos": photos})
    return appeal


@action("appeals.erase", at="appeal")
def refuse_erasure(*, by: Actor, appeal: Appeal, decision: str) -> Erasure:
    """Decline, with a reason that the resident reads (不予删除), PIPL art. 47(2), 50(1).

    Raises:
        BadInput: no reason. RuleBroken: nobody asked.
    """
    row = _asked(appeal)
    if len(decision.strip()) < 5:
        raise BadInput("请写明不予删除的理由和依据，居民会看到。", code="reason_missing")
    row.decide(Erasure.State.REFUSED, by.label, decision.strip())
    trail.record("appeals.erasure_refused", appeal, by=by, note=decision.strip())
    return row


def _asked(appeal: Appeal) -> Erasure:
    """The request that waits. Raises: RuleBroken: there is none."""
    row = appeal.erasures.filter(state=Erasure.State.ASKED).first()
    if row is None:
        raise RuleBroken("没有等待处理的删除申请。只有本人申请，才能删除诉求里的个人信息。", code="not_asked")
    return row


def wipe(appeal: Appeal) -> int:
    """Blank every field of level L3 and L4 of an appeal and of what hangs on it; returns how many photos went."""
    appeal.title, appeal.text, appeal.place_text, appeal.brief = TITLE, TEXT, "", ""
    appeal.reporter_name = appeal.reporter_contact = ""
    appeal.latitude = appeal.longitude = None
    appeal.suggestion, appeal.erased = {}, True
    appeal.save()
    Answer.objects.filter(appeal=appeal).update(text=TEXT)
    Word.objects.filter(appeal=appeal).update(text=TEXT)
    CallBack.objects.filter(appeal=appeal).update(note="")
    return files.drop(appeal.trail_key)


def erase_again(digests: set[str]) -> int:
    """After a restore: erase what the ledger says was erased since; returns how many appeals it befell (恢复后再删除)."""
    again = 0
    numbers = Appeal.everything.filter(erased=False).values_list("number", flat=True) if digests else ()
    gone = [number for number in numbers if ledger.digest(f"appeal:{number}") in digests]
    for start in range(0, len(gone), BATCH):
        for appeal in Appeal.everything.filter(number__in=gone[start : start + BATCH]):
            wipe(appeal)
            again += 1
    return again
