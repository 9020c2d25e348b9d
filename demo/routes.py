"""How an appeal can go (诉求的走向): each function is one story line, told through actions only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from demo.case import Case
from demo.moving import Script
from linli.areas.appeals import actions as appeals
from linli.areas.appeals import rules
from linli.commons.actor import RESIDENT


def received(c: Case) -> Script:
    yield c.clock.ago(c.voice.days, c.voice.at)
    c.file()


def accepted(c: Case) -> Script:
    yield from received(c)
    yield c.after(hours=0.5)
    c.accept()


def handling(c: Case) -> Script:
    yield from accepted(c)
    yield c.after(hours=0.7)
    c.dispatch()


def answered(c: Case) -> Script:
    yield from handling(c)
    yield c.after(days=2)
    c.answer()


def tried(c: Case) -> Script:
    yield from answered(c)
    yield c.after(days=1)
    c.call(reached=False, note="无人接听")


def closed(c: Case) -> Script:
    yield from answered(c)
    yield c.after(days=1)
    c.call(rating=c.voice.rating, note=c.voice.note)


def rated(c: Case) -> Script:
    yield from answered(c)
    yield c.after(hours=4)
    appeals.rate_appeal(by=RESIDENT, appeal=c.fresh(), solved=True, rating=c.voice.rating, note=c.voice.note)


def unreached(c: Case) -> Script:
    yield from answered(c)
    for _ in range(rules.ATTEMPTS):
        yield c.after(days=1)
        c.call(reached=False, note="无人接听")


def redone(c: Case) -> Script:
    yield from answered(c)
    yield c.after(days=1)
    c.call(solved=False, rating=c.voice.rating, note=c.voice.note)


def redone_closed(c: Case) -> Script:
    yield from redone(c)
    yield c.after(days=3)
    c.answer("再次到场彻底整改，已请反映人当面验看，确认不再发生。")
    yield c.after(days=1)
    c.call(rating=4, note="这次好了。")


def declined(c: Case) -> Script:
    yield from received(c)
    yield c.after(hours=2)
    appeals.decline_appeal(by=c.town.main["hotline"], appeal=c.fresh(), reason=c.voice.why)


def withdrawn(c: Case) -> Script:
    yield from handling(c)
    yield c.after(hours=3)
    appeals.withdraw_appeal(by=RESIDENT, appeal=c.fresh())


def withdrawn_early(c: Case) -> Script:
    yield from received(c)
    yield c.after(hours=0.3)
    appeals.withdraw_appeal(by=RESIDENT, appeal=c.fresh())


def reopened(c: Case) -> Script:
    yield from closed(c)
    yield c.after(days=4)
    appeals.reopen_appeal(by=RESIDENT, appeal=c.fresh(), reason=c.voice.why)


def reopened_again(c: Case) -> Script:
    yield from reopened(c)
    yield c.after(hours=2)
    c.dispatch(reason="居民要求重新办理，仍由原单位负责。")


def waiting(c: Case) -> Script:
    yield from handling(c)
    yield c.after(hours=3)
    appeals.ask_resident(by=c.handler(), appeal=c.appeal, question=c.voice.why)


def supplied(c: Case) -> Script:
    yield from waiting(c)
    yield c.after(days=1)
    appeals.add_information(by=RESIDENT, appeal=c.fresh(), text=c.voice.note)


def extension_asked(c: Case) -> Script:
    yield from handling(c)
    yield c.after(days=2)
    appeals.ask_extension(by=c.handler(), appeal=c.appeal, amount=3, reason=c.voice.why)


def extension_granted(c: Case) -> Script:
    yield from _extension(c, grant=True, decision="理由属实，同意延长，请先告知反映人。")


def extension_refused(c: Case) -> Script:
    yield from _extension(c, grant=False, decision="理由不充分，请按期办结。")


def _extension(c: Case, *, grant: bool, decision: str) -> Script:
    yield from extension_asked(c)
    yield c.after(hours=3)
    appeals.rule_extension(by=c.town.main["supervisor"], appeal=c.fresh(), grant=grant, decision=decision)


def objected(c: Case) -> Script:
    yield from handling(c)
    yield c.after(hours=1.5)
    names = c.body[c.voice.second] if c.voice.second else None
    appeals.object_appeal(by=c.handler(), appeal=c.appeal, reason=c.voice.why, names=names)


def upheld(c: Case) -> Script:
    yield from objected(c)
    yield c.after(days=1)
    appeals.rule_objection(
        by=c.town.main["supervisor"],
        appeal=c.fresh(),
        uphold=True,
        ruling="经核对职责清单，异议成立，改由指定单位主办。",
        to=c.body[c.voice.second],
    )
    yield c.after(days=2)
    c.answer()
    yield c.after(days=1)
    c.call(rating=c.voice.rating)


def overruled(c: Case) -> Script:
    yield from objected(c)
    yield c.after(days=1)
    appeals.rule_objection(
        by=c.town.main["supervisor"],
        appeal=c.fresh(),
        uphold=False,
        ruling="居委会没有执法权，此事属于贵单位职责，异议不成立。",
    )


def overruled_closed(c: Case) -> Script:
    yield from overruled(c)
    yield c.after(days=2)
    c.answer()
    yield c.after(days=1)
    c.call(rating=c.voice.rating)


def ordered(c: Case) -> Script:
    yield from handling(c)
    yield c.after(days=8)
    appeals.order_appeal(by=c.town.main["supervisor"], appeal=c.fresh(), text=c.voice.why)


def ordered_replied(c: Case) -> Script:
    yield from handling(c)
    yield c.after(days=6)
    appeals.order_appeal(by=c.town.main["supervisor"], appeal=c.fresh(), text=c.voice.why)
    yield c.after(hours=4)
    appeals.reply_order(by=c.handler(), appeal=c.appeal, reply=c.voice.note)


def refused(c: Case) -> Script:
    """The hotline tries the committee first, is refused, and hands it to the owner."""
    yield from accepted(c)
    yield c.after(hours=0.3)
    c.refused(c.body[c.home], c.voice.why)
    yield from _owner_after_all(c)


def refused_grid(c: Case) -> Script:
    yield from accepted(c)
    yield c.after(hours=0.3)
    c.refused(c.body[_grid(c)], c.voice.why)
    yield from _owner_after_all(c)


def _owner_after_all(c: Case) -> Script:
    yield c.after(hours=0.2)
    c.dispatch(reason="清单外任务被系统拦截，改派职责单位。")
    if c.voice.answer:
        yield c.after(days=2)
        c.answer()
        yield c.after(days=1)
        c.call(rating=4)


def listed_open(c: Case) -> Script:
    """The committee, or the grid of the place, holds a matter of its list."""
    yield from _given(c, c.voice.to)


def listed(c: Case) -> Script:
    yield from _done_by(c, c.home)


def listed_grid(c: Case) -> Script:
    yield from _done_by(c, _grid(c))


def own_decision(c: Case) -> Script:
    """The residents' meeting took the matter on; for the appeal it goes as with a matter on the list."""
    yield from listed(c)


def escalated(c: Case) -> Script:
    yield from _given(c, c.home)
    yield c.after(days=6)
    appeals.escalate_appeal(by=c.handler(), appeal=c.appeal, reason=c.voice.why)


def _grid(c: Case) -> str:
    return f"{c.home}-W1"


def _given(c: Case, key: str, *, reason: str = "清单内事项。", ground: str = "", hours: float = 0.5) -> Script:
    """A committee or grid gets the appeal, on its list or on the ground named."""
    yield from accepted(c)
    yield c.after(hours=hours)
    c.dispatch(c.body[key], reason=reason, ground=c.grounds[ground] if ground else None)


def _done_by(
    c: Case, key: str, *, reason: str = "清单内事项。", ground: str = "", hours: float = 0.5, answer_days: int = 2
) -> Script:
    yield from _given(c, key, reason=reason, ground=ground, hours=hours)
    yield c.after(days=answer_days)
    c.answer()
    yield c.after(days=1)
    c.call(rating=5)


def helped(c: Case) -> Script:
    yield from handling(c)
    yield c.after(hours=1)
    appeals.add_helper(by=c.town.main["hotline"], appeal=c.fresh(), to=c.body[c.voice.second], reason=c.voice.why)


def transferred(c: Case) -> Script:
    yield from handling(c)
    yield c.after(days=1)
    appeals.transfer_appeal(by=c.town.main["hotline"], appeal=c.fresh(), to=c.body[c.voice.second], reason=c.voice.why)


def emergency(c: Case) -> Script:
    """The committee acts on an emergency order of the local government."""
    yield from _done_by(c, c.home, reason="按应急命令组织转移。", ground="order", hours=0.2, answer_days=1)


def emergency_recalled(c: Case) -> Script:
    """The order ends while the committee still holds the appeal: the tick brings it back, the owner takes it."""
    yield from _given(c, c.home, reason="按应急命令组织排险。", ground="order", hours=0.2)
    yield from _after_recall(c)


def exception(c: Case) -> Script:
    """A grid worker acts on an approved exception, HN 13(2)."""
    yield from _done_by(c, _grid(c), reason="按经批准的例外登记送水。")


def exception_recalled(c: Case) -> Script:
    yield from _given(c, _grid(c), reason="按经批准的例外临时协助。")
    yield from _after_recall(c)


def _after_recall(c: Case) -> Script:
    while c.fresh().state != "accepted":
        assert c.clock.now < c.clock.end, f"依据没有按故事到期：{c.voice.text[:20]}"
        yield c.clock.now + timedelta(hours=6)
    yield c.after(hours=1)
    c.dispatch(reason="原依据已到期，改派职责单位。")
    yield c.after(days=2)
    c.answer()
    yield c.after(days=1)
    c.call(rating=4)


def danger(c: Case) -> Script:
    """Danger goes by minutes, at night too."""
    yield from received(c)
    yield c.clock.now + timedelta(minutes=4)
    c.accept()
    yield c.clock.now + timedelta(minutes=3)
    c.dispatch(reason="危及人身安全，立即处置。")
    yield c.clock.now + timedelta(minutes=95)
    c.answer()
    yield c.after(days=1)
    c.call(rating=5, note="来得很快。")


def revealed(c: Case) -> Script:
    yield from handling(c)
    yield c.after(hours=1)
    appeals.reveal_reporter(by=c.handler(), appeal=c.appeal, reason=c.voice.why)


def routine(c: Case) -> Script:
    """An everyday appeal: mostly spoken to within a day, answered in time and well, and now and then not."""
    yield from handling(c)
    if c.chance.random() < 0.85:
        yield c.after(hours=3)
        c.contact()
    yield c.after(days=c.chance.choice((1, 2, 2, 3, 3, 4, 4, 8)))
    c.answer()
    yield c.after(days=1)
    luck = c.chance.random()
    if luck < 0.12:
        c.call(solved=False, rating=2, note="还是老样子。")
        yield c.after(days=2)
        c.answer("再次到场整改，并请反映人当面验看。")
        yield c.after(days=1)
        c.call(rating=4)
    elif luck < 0.2:
        for _ in range(rules.ATTEMPTS):
            c.call(reached=False, note="无人接听")
            yield c.after(days=1)
    else:
        c.call(rating=c.chance.choice((5, 5, 5, 4, 4, 4, 3, 2)))


ROUTES: dict[str, Callable[[Case], Script]] = {
    line.__name__: line
    for line in (
        received,
        accepted,
        handling,
        answered,
        tried,
        closed,
        rated,
        unreached,
        redone,
        redone_closed,
        declined,
        withdrawn,
        withdrawn_early,
        reopened,
        reopened_again,
        waiting,
        supplied,
        extension_asked,
        extension_granted,
        extension_refused,
        objected,
        upheld,
        overruled,
        overruled_closed,
        ordered,
        ordered_replied,
        refused,
        refused_grid,
        listed,
        listed_grid,
        listed_open,
        escalated,
        own_decision,
        helped,
        transferred,
        emergency,
        emergency_recalled,
        exception,
        exception_recalled,
        danger,
        revealed,
        routine,
    )
}
