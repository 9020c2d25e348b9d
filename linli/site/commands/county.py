"""`linli county`: cut a county out of the code lists, hand out templates, start it, show what is missing (开通一个县)."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.prepare import Trouble
from linli.site.commands.sheets import say_some, write_sheet, written

if TYPE_CHECKING:
    from linli.commons.county.opening import Plan, StartCode
    from linli.commons.county.places import PlaceRow
    from linli.commons.county.sheets import Fault, Source
    from linli.commons.models import Place
    from linli.site.commands.prepare import Commands
    from linli.site.county.limits import Wanted
    from linli.site.county.lists import Lists
    from linli.site.county.opening import Opening

SHOWN_FAULTS = 30


def add(commands: Commands) -> None:
    """Add the command group `county`."""
    group = commands.add_parser("county", help="开通一个县（市、区）").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    places = group.add_parser("places", help="从全国或全省的统计用区划代码表中切出一个县")
    places.add_argument(
        "--from",
        dest="sources",
        action="append",
        required=True,
        metavar="文件",
        help="CSV 或 XLSX，可为 .gz；可写几次，后面的文件只补前面没有的",
    )
    places.add_argument("--county", required=True, metavar="代码", help="六位县级代码")
    places.add_argument("-o", dest="out", required=True, metavar="文件", help="写到哪个 CSV")
    places.set_defaults(run=run_places)
    template = group.add_parser("template", help="写出机构和职务账号、清单、区划、设定的模板")
    template.add_argument("folder", metavar="文件夹")
    template.add_argument("--places", metavar="文件", help="已有区划表时写明，模板里就列好街道、社区和常见部门的机构")
    template.add_argument("--county", default="", metavar="代码", help="六位县级代码，与 --places 一起用")
    template.set_defaults(run=run_template)
    init = group.add_parser("init", help="检查各表，登记区划、机构、账号、清单和时限；有一处不对就什么都不登记")
    init.add_argument("county", metavar="代码", help="六位县级代码")
    init.add_argument("--places", metavar="文件", help="区划表（CSV 或 XLSX）")
    init.add_argument("--bodies", metavar="文件", help="机构和职务账号（XLSX，工作表“机构”“职务账号”）")
    init.add_argument(
        "--lists", metavar="文件", help="清单（XLSX，工作表“清单”“清单事项”）；写“示范”则用示范清单作底稿"
    )
    init.add_argument("--publish-lists", action="store_true", help="清单不只起草，同时公布")
    init.add_argument("--name", default="", metavar="县名", help="区划表里没有县这一行时写明")
    init.add_argument("--preset", action="append", default=[], metavar="预设", help="采用一套外地做法的时限；可写几次")
    init.add_argument("--settings", metavar="文件", help="县级设定（TOML）")
    init.add_argument("--ask", action="store_true", help="逐项询问草案没有写数的时限和开关")
    init.add_argument("--dry-run", action="store_true", help="只检查，说明会登记什么，不写数据库")
    init.add_argument(
        "--errors", metavar="文件", help="有问题时把问题表写到哪里（.xlsx 或 .csv），默认 county-errors.xlsx"
    )
    init.add_argument(
        "--slips", metavar="文件", help="账号单写到哪里（.xlsx；同名 .html 供打印），默认 county-代码-accounts.xlsx"
    )
    init.add_argument("--address", default="", metavar="网址", help="印在账号单上的登录地址")
    prepare.demo_option(init)
    init.set_defaults(run=run_init)
    show = group.add_parser("show", help="看一个县已有什么、还缺什么；有缺则退出码为 1")
    show.add_argument("county", metavar="代码")
    prepare.demo_option(show)
    show.set_defaults(run=run_show)


def run_places(options: argparse.Namespace) -> int:
    """Cut a county out of code lists."""
    prepare.start_django()
    import csv

    from linli.commons.county.opening import is_county
    from linli.commons.county.places import cut_county
    from linli.commons.models import Place
    from linli.site.county.templates import places_table

    if not is_county(options.county):
        raise Trouble("--county 要写六位县级代码。", 2)
    rows, faults = cut_county([_source(name) for name in options.sources], options.county)
    if faults:
        _tell(faults)
        raise Trouble(f"代码表有 {len(faults)} 处读不懂，没有写文件。")
    mine = [row for row in rows if row.level == Place.Level.COMMUNITY]
    if not mine:
        raise Trouble(f"这些文件里没有 {options.county} 的社区（村）。请核对代码，或换一个文件。")
    head, lines = places_table(rows)
    try:
        with Path(options.out).open("x", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([head, *lines])
    except FileExistsError as error:
        raise Trouble(f"{options.out} 已经有了，不会覆盖。请换一个文件名。") from error
    streets = sum(row.level == Place.Level.STREET for row in rows)
    kinds = [row.kind for row in mine]
    print(f"已写出 {options.out}：街道（乡镇）{streets} 个，社区（村）{len(mine)} 个，", end="")
    print(f"其中城市 {kinds.count('urban')}、农村 {kinds.count('rural')}、未注明城乡 {kinds.count('')}。")
    if not any(row.code == options.county for row in rows):
        print("文件里没有县名这一行：开通时请用 --name 写明县名。")
    return 0


def run_template(options: argparse.Namespace) -> int:
    """Write the templates; files that are there already are left alone."""
    prepare.open_database()
    from linli.commons.county.places import read_places
    from linli.commons.models import Place
    from linli.site.county import limits, templates

    rows: list[PlaceRow] = []
    if options.places:
        rows, faults = read_places(_source(options.places))
        if any(not one.warning for one in faults):
            _tell(faults)
            raise Trouble("区划表有问题，请先改好。")
    counties = sorted(
        {row.code for row in rows if row.level == Place.Level.COUNTY}
        | {row.code[:6] for row in rows if len(row.code) >= 9}
    )
    county = options.county or (counties[0] if counties else "")
    if rows and counties != [county]:
        raise Trouble(f"区划表里有几个县（{'、'.join(counties[:5])}），请先用 linli county places 切出一个。", 2)
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "机构和职务账号.xlsx": templates.bodies_book(rows, county),
        "清单.xlsx": templates.lists_book(),
        "设定.toml": limits.template().encode(),
    }
    if not rows:
        made["区划.xlsx"] = templates.places_book()
    for name, raw in made.items():
        path = folder / name
        if path.exists():
            print(f"{path}：已有，没有改动")
        else:
            path.write_bytes(raw)
            print(f"{path}：已写出")
    return 0


def run_init(options: argparse.Namespace) -> int:
    """Check everything, then enter everything or nothing; 0 done, 1 something must be mended."""
    began = time.monotonic()
    prepare.open_database(demo=options.demo)
    from linli.commons.actor import INSTALLER
    from linli.commons.county.opening import plan_county
    from linli.commons.county.sheets import must_mend
    from linli.site.county.opening import Opening, open_county

    plan = plan_county(
        options.county,
        places=_source(options.places) if options.places else None,
        bodies=_source(options.bodies) if options.bodies else None,
        name=options.name.strip(),
    )
    opening = Opening(plan, _lists(options, plan), publish=options.publish_lists)
    for note in plan.notes:
        print(f"注意：{note}", file=sys.stderr)
    _tell(opening.faults)
    if wrong := must_mend(opening.faults):
        report = Path(options.errors or "county-errors.xlsx")
        _write_report(report, opening.faults)
        raise Trouble(f"有 {len(wrong)} 处要改，什么都没有登记。问题表：{report}")
    opening.limits = _limits(options, plan.county)
    _preview(opening)
    if options.dry_run:
        print(f"只检查，没有登记。用时 {time.monotonic() - began:.1f} 秒。")
        return 0
    if opening.empty:
        print("表里的内容都已登记过，没有改动。")
        return 0
    slips = Path(options.slips or f"county-{plan.county}-accounts.xlsx")
    written: list[Path] = []

    def hand_over(codes: list[StartCode]) -> None:
        written.extend(_hand_over(codes, slips, options.address or _address()))

    try:
        done, kept = open_county(by=INSTALLER, county=plan.county, opening=opening, hand_over=hand_over)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    print(f"{plan.name}（{plan.county}）已开通：区划 {len(plan.places)} 个，机构 {len(plan.bodies)} 个，", end="")
    print(
        f"任职 {len(plan.posts)} 个，新账号 {plan.accounts} 个，清单 {len(opening.lists.drafts)} 种，设定 {done} 项。",
        end="",
    )
    print(f"原有未动：区划 {plan.kept['places']}、机构 {plan.kept['bodies']}、任职 {plan.kept['posts']}、设定 {kept}。")
    print(f"用时 {time.monotonic() - began:.1f} 秒。")
    _next(plan, written, options.address or _address())
    return 0


def run_show(options: argparse.Namespace) -> int:
    """Print the checklist of a county; 1 when something is missing."""
    prepare.open_database(demo=options.demo)
    from linli.commons.actor import INSTALLER
    from linli.site.county.check import DONE, MARKS, checks_of, pack_line

    county = _county(options.county)
    checks = checks_of(INSTALLER, county)
    print(f"{county.name}（{county.code}），{pack_line(county)}")
    for check in checks:
        print(f"{MARKS[check.state]} {check.label}：{check.figure}")
        for line in check.missing:
            print(f"    缺：{line}")
    short = sum(check.state != DONE for check in checks)
    print(f"{len(checks)} 项中 {len(checks) - short} 项齐备。" if short else "全部齐备。")
    return 1 if short else 0


def _source(name: str) -> Source:
    from linli.commons.county.sheets import Source
    from linli.kit.tables import read_bytes

    path = Path(name)
    return Source.read(path.name, read_bytes(path))


def _county(code: str) -> Place:
    from linli.commons.models import Place

    found = Place.objects.filter(code=code, level=Place.Level.COUNTY).first() if code.isascii() else None
    if found is None:
        known = "、".join(Place.objects.filter(level=Place.Level.COUNTY).values_list("code", flat=True)[:50])
        raise Trouble(f"没有代码为“{code}”的县（市、区）。{'已开通：' + known if known else '还没有开通任何县'}。")
    return found


def _lists(options: argparse.Namespace, plan: Plan) -> Lists:
    from linli.site.county import lists

    if not options.lists:
        return lists.Lists()
    if options.lists == lists.SAMPLE:
        if options.publish_lists:
            raise Trouble("示范清单只能作底稿，不能直接公布。请去掉 --publish-lists，由本县核定后公布。", 2)
        return lists.sample_lists(plan.county, plan.name)
    return lists.read_lists(_source(options.lists), plan.county)


def _limits(options: argparse.Namespace, county: str) -> list[Wanted]:
    from linli.kit.tables import read_bytes
    from linli.site.county import limits

    wanted = limits.from_toml(read_bytes(Path(options.settings))) if options.settings else []
    for name in options.preset:
        known = {one.key for one in wanted}
        wanted += [one for one in limits.from_preset(name) if one.key not in known]
    nothing_said = not (options.settings or options.preset or options.dry_run)
    if options.ask or (nothing_said and sys.stdin.isatty() and not limits.held_keys(county)):
        known = {one.key for one in wanted}
        print("草案没有写数的时限和开关，由本县设定。直接回车为不设，以后可在“本县设定”页再定。")
        try:
            wanted += [one for one in limits.ask_all(input, print, county) if one.key not in known]
        except EOFError as error:
            raise Trouble(
                "没有答完就断了输入，什么都没有登记。请在终端里运行，或用 --settings 交设定文件。", 2
            ) from error
    return wanted


def _preview(opening: Opening) -> None:
    from linli.areas.mandates.models import TaskList
    from linli.commons.county.opening import counts_by_kind
    from linli.commons.pages.settings import in_words
    from linli.commons.settings import key_named, keys_at
    from linli.site.county.limits import held_keys, is_open

    plan = opening.plan
    print(f"{plan.name}（{plan.county}）将登记：")
    for label, count in counts_by_kind(plan):
        print(f"  {label}：{count}")
    for draft in opening.lists.drafts:
        what = "起草并公布" if opening.publish else "起草"
        print(f"  清单 · {TaskList.Kind(draft.kind).label}：{len(draft.rows)} 项（{what}）")
    held, keys = held_keys(plan.county), keys_at(plan.county)
    wanted = {one.key: one for one in opening.limits if one.key not in held}
    for key, one in wanted.items():
        print(f"  设定 · {key_named(key).label}：{in_words(one.key, one.value)}（{one.source or '本县设定'}）")
    still = [what.label for key, what in keys.items() if is_open(key) and key not in held and key not in wanted]
    if still:
        print(f"  未设时限或未定：{'、'.join(still)}")
    kept = [
        f"{what} {plan.kept[key]}"
        for key, what in (("places", "区划"), ("bodies", "机构"), ("posts", "任职"))
        if plan.kept[key]
    ]
    if kept:
        print(f"  已有不动：{'、'.join(kept)}")


def _tell(faults: Sequence[Fault]) -> None:
    """Print faults to stderr, what must be mended first."""
    ordered = sorted(faults, key=lambda one: one.warning)
    say_some([f"{'提醒' if fault.warning else '要改'}：{fault}" for fault in ordered], "处", shown=SHOWN_FAULTS)


def _write_report(path: Path, faults: Sequence[Fault]) -> None:
    from linli.commons.county.sheets import FAULT_HEAD, fault_rows
    from linli.kit.export import safe_cell, xlsx_bytes

    rows = fault_rows(faults)
    if path.suffix.lower() == ".csv":
        write_sheet(path, FAULT_HEAD, ([safe_cell(cell) for cell in row] for row in rows))
        return
    with written(path) as place:
        place.write_bytes(xlsx_bytes(FAULT_HEAD, rows))


def _hand_over(codes: list[StartCode], slips: Path, address: str) -> list[Path]:
    from linli.site.county.slips import slips_page, slips_table, write_private

    page = slips.with_suffix(".html")
    write_private(slips, slips_table(codes))
    try:
        write_private(page, slips_page(codes, address).encode())
    except BaseException:
        slips.unlink()
        raise
    return [slips, page]


def _address() -> str:
    from django.conf import settings

    return f"http://127.0.0.1:{settings.LINLI_PORT}{settings.LOGIN_PATH}"


def _next(plan: Plan, written: list[Path], address: str) -> None:
    from linli.commons.actor import INSTALLER
    from linli.site.county.check import DONE, checks_of

    print("\n接下来：")
    print(f"  1. 启动：linli run，登录地址 {address}")
    step = 2
    if written:
        print(f"  {step}. 账号单 {written[0]}，打印用 {written[1]}：当面交给本人，发完即销毁")
        step += 1
    for check in checks_of(INSTALLER, _county(plan.county)):
        if check.state != DONE:
            print(f"  {step}. {check.label}：{check.figure}" + (f"（{check.url}）" if check.url else ""))
            step += 1
    print(f"  随时可看：linli county show {plan.county}，或登录后的“开通检查”页")
