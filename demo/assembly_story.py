"""What residents say to two drafts of the city (立法联系点的故事): one answered to its published end, one still open with a second version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from demo.assembly_laws import NOISE, STAIRS, STAIRS_SECOND
from demo.moving import Clock, Script
from demo.people import Town
from demo.places import PHONE
from linli.areas.assembly import actions as assembly
from linli.areas.assembly.actions import Said
from linli.areas.assembly.models import Comment, ContactPoint, Draft
from linli.commons.actor import RESIDENT

REPLY = "（演示）"


def scripts(town: Town, clock: Clock) -> list[Script]:
    """Both lines of a county; the contact points stand before either begins."""
    points: list[ContactPoint] = []
    return [_points(town, clock, points), answered(town, clock, points), running(town, clock, points)]


def _points(town: Town, clock: Clock, points: list[ContactPoint]) -> Script:
    """Two contact points, in the first community of the first two streets."""
    yield clock.ago(52, "09:00")
    for number, street in enumerate(town.ground.county.streets[:2]):
        community = street.communities[0]
        place = town.ground.places[community.key]
        points.append(
            assembly.set_up_point(
                by=town.main["congress"],
                place=place,
                host=town.ground.bodies[community.key],
                name=f"{community.name}基层立法联系点",
                address=place.address,
                phone=PHONE.format(9000 + number),
                decision=f"{town.ground.county.city}人大常委会关于设立基层立法联系点的决定（演示）",
                set_up_on=timezone.localdate(),
            )
        )


def _prepared(town: Town, title: str, text: str, note: str, days: int) -> Draft:
    city = town.ground.county.city
    draft = assembly.prepare_draft(
        by=town.main["congress"],
        place=town.ground.places["city"],
        title=title.format(city=city),
        text=text.format(city=city),
        until=timezone.localdate() + timedelta(days=days),
        note=note,
    )
    return assembly.open_draft(by=town.main["congress"], draft=draft)


def _say(draft: Draft, eid: str, stance: str, words: str = "", kind: str = "resident", wording: str = "") -> Comment:
    said = Said(stance=stance, kind=kind, eid=eid, words=words, wording=wording)
    return assembly.make_comment(by=RESIDENT, draft=Draft.objects.get(pk=draft.pk), said=said).comment


def answered(town: Town, clock: Clock, points: Sequence[ContactPoint]) -> Script:
    """The draft on noise: heard, answered one by one and in groups, published."""
    by = town.main["congress"]
    yield clock.ago(46, "10:00")
    draft = _prepared(
        town, "{city}社区噪声劝导办法（草案）", NOISE, "邻里噪声投诉多，想把时段和劝导办法写清楚（演示）。", 18
    )
    yield clock.ago(43, "15:00")
    late = [
        _say(draft, "art_3", "amend", "中午两小时不够，老人午睡到三点，建议十二时至十五时。"),
        _say(draft, "art_3", "amend", "午休时间太短，建议延长到下午三点。"),
        _say(draft, "art_3", "amend", "建议把中午不准装修的时间延长到十五点。", "worker"),
    ]
    against = _say(draft, "art_3", "oppose", "节假日全天不许装修，工期要拖很久，业主和工人都吃亏。", "enterprise")
    yield clock.ago(41, "11:00")
    quiet = _say(draft, "art_4", "support")
    ask = _say(draft, "art_5", "question", "劝导无效多久以后公安机关才处理？")
    yield clock.ago(40, "16:00")
    assembly.record_meeting(
        by=town.at(points[0].host_id),
        draft=draft,
        point=points[0],
        held_on=timezone.localdate(),
        venue="党群服务中心二楼会议室",
        attendance=26,
        minutes="居民代表、物业服务企业和装修公司参加（演示）。",
        views=[
            Said("support", "resident", "art_4", heads=19),
            Said("amend", "resident", "art_3", "午休时段建议到十五时。", heads=14),
            Said("oppose", "enterprise", "art_3", "节假日可以做不出声的活，不要全天禁止。", heads=5),
        ],
    )
    yield clock.ago(38, "09:30")
    assembly.take_paper_comment(
        by=town.at(points[1].host_id),
        draft=draft,
        point=points[1],
        said=Said("support", "resident", "", "早就该管一管了，支持。"),
        received_on=timezone.localdate(),
    )
    yield clock.ago(24, "10:00")  # closed by the periodic work meanwhile
    draft = Draft.objects.get(pk=draft.pk)
    spoken = {row.stance: row for row in draft.comments.filter(channel=Comment.Channel.MEETING, eid="art_3")}
    noon = assembly.group_comments(
        by=by, draft=draft, comments=[*late, spoken["amend"]], summary="中午禁止装修的时间延长到十五时"
    )
    days = assembly.group_comments(
        by=by, draft=draft, comments=[against, spoken["oppose"]], summary="节假日不要全天禁止装修"
    )
    yield clock.ago(18, "14:00")
    assembly.answer_comments(
        by=by,
        draft=draft,
        group=noon,
        outcome="adopted",
        reason=f"多数居民反映午休到十五时，第三条已改为十二时至十五时{REPLY}。",
        where="art_3",
    )
    assembly.answer_comments(
        by=by,
        draft=draft,
        group=days,
        outcome="partly",
        reason=f"节假日仍禁止发出噪声的作业，不出声的作业可以进行，第三条作相应修改{REPLY}。",
        where="art_3",
    )
    yield clock.ago(16, "10:20")
    assembly.answer_comments(
        by=by,
        draft=draft,
        comments=[ask],
        outcome="noted",
        reason=f"公安机关接到报警即可依法处理，不以劝导为前提，条文将写得更清楚{REPLY}。",
    )
    rest = list(draft.comments.filter(state="open"))
    assert quiet in rest
    assembly.answer_comments(
        by=by, draft=draft, comments=rest, outcome="adopted", reason=f"感谢支持，有关条文予以保留{REPLY}。"
    )
    yield clock.ago(9, "09:00")
    assembly.publish_digest(by=by, draft=Draft.objects.get(pk=draft.pk))


def running(town: Town, clock: Clock, points: Sequence[ContactPoint]) -> Script:
    """The draft on stairways: open, with comments by page, paper and meeting, a second version and first answers."""
    by = town.main["congress"]
    yield clock.ago(12, "09:10")
    draft = _prepared(
        town,
        "{city}楼道环境管理规定（草案）",
        STAIRS,
        "楼道堆物和电动自行车进楼屡禁不止，居民意见大。想听听大家觉得怎么管才管得住、又不苛刻（演示）。",
        32,
    )
    assembly.invite(by=by, draft=draft, kind="lawyer", whom="市律师协会（演示）")
    yield clock.ago(11, "14:00")
    more = [
        _say(draft, "art_5__para_1", "amend", "每周一次太少，建议每周巡查两次。"),
        _say(draft, "art_5__para_1", "amend", "巡查一周一次不够，建议增加到每周两次。"),
        _say(draft, "art_5", "amend", "楼道三天就堆满了，建议一周巡查两次以上。", "worker"),
    ]
    yield clock.ago(10, "10:30")
    _say(draft, "art_4__para_1__point_2", "support", "电动自行车绝对不能进楼道，支持。")
    _say(draft, "art_4__para_1__point_2", "oppose", "小区没有充电的地方，不让进楼道让我们充到哪里去？")
    _say(draft, "art_6", "support")
    yield clock.ago(9, "15:10")
    _say(draft, "art_7", "amend", "清理前七天张贴告示太短，年轻人上班看不到，建议十五天。")
    _say(draft, "art_9", "question", "三日是自然日还是工作日？居委会周末没有人。", "worker")
    yield clock.ago(8, "11:00")
    assembly.take_paper_sheet(
        by=town.at(points[0].host_id),
        draft=draft,
        point=points[0],
        views=[
            Said("support", "resident", "art_4"),
            Said("amend", "resident", "art_8", "老楼没有物业，清运垃圾希望写明多久一次。"),
        ],
        received_on=timezone.localdate(),
    )
    yield clock.ago(7, "16:40")
    assembly.record_meeting(
        by=town.at(points[1].host_id),
        draft=draft,
        point=points[1],
        held_on=timezone.localdate(),
        venue="社区议事厅",
        attendance=21,
        views=[
            Said("support", "resident", "art_4", heads=15),
            Said("amend", "resident", "art_6", "指定位置由谁定要写清楚，建议由楼栋居民商定。", heads=8),
        ],
    )
    yield clock.ago(4, "10:00")
    draft = Draft.objects.get(pk=draft.pk)
    group = assembly.group_comments(by=by, draft=draft, comments=more, summary="楼道巡查增加到每周两次")
    assembly.revise_draft(
        by=by,
        draft=draft,
        text=STAIRS_SECOND.format(city=town.ground.county.city),
        note="巡查改为每周两次；回复改为三个工作日；增加停放充电场所一条；删去每季度清理一条（演示）。",
    )
    yield clock.ago(3, "14:30")
    assembly.answer_comments(
        by=by,
        draft=draft,
        group=group,
        outcome="adopted",
        reason=f"已在二稿中改为每周至少巡查两次{REPLY}。",
        where="art_5__para_1",
    )
    yield clock.ago(2, "09:40")
    _say(draft, "art_8", "support", "老小区增设充电的地方，支持，越快越好。")
    _say(draft, "art_8", "amend", "建议写明街道多久之内协调好，不然没有期限。")
