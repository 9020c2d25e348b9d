"""A check-up of a real province from its census (普查体检): county figures spread over communities by a stated rule, and labelled so.

    .venv/bin/python bench/checkup_census.py FOLDER --province 42 [--as-of 2026-06-30] [-o report.json]

FOLDER holds `nbs2022_{areas,streets,villages}_*.csv.gz` (codes and names) and `census2020_county_*.csv.gz` (residents and households
of each county); nothing of it is kept. `nbs2016_codes_urcode_*.csv.gz` is used where it is there.

The rule: a community is urban or rural by its code of 2016 where code and name are the same in both years, else by its name (…村 is
rural). The urban residents of a county are divided equally among its urban communities, the rural ones among the rural ones; its
households likewise, by residents. Remainders go one each to the first communities, so that every county sums up exactly. Counties
without a census row keep empty cells. Workers and rooms are in no census: what is needed is told, whether it is there stays unknown.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gzip
import io
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
LABEL = "2020 年县级普查数按社区平均推算，不是社区的统计数"
HEAD = (
    "社区代码",
    "社区名称",
    "街道（乡镇）",
    "县（市、区）",
    "城乡类别",
    "常住人口",
    "户数",
    "社区工作者",
    "综合服务设施面积",
)
PACKS = {"42": "hubei", "43": "hunan"}


def rows_of(folder: Path, begin: str) -> Iterator[dict[str, str]]:
    """Rows of the one file of a folder whose name begins so."""
    found = sorted(folder.glob(f"{begin}*.csv.gz"))
    if not found:
        raise SystemExit(f"{folder} 里没有 {begin}….csv.gz。")
    with gzip.open(found[0], "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def kinds_of(folder: Path, province: str) -> dict[tuple[str, str], str]:
    """(code, name) → 城市 or 农村, from the codes of 2016."""
    if not list(folder.glob("nbs2016_codes_urcode*.csv.gz")):
        return {}
    rows = rows_of(folder, "nbs2016_codes_urcode")
    return {
        (row["code"], row["name"]): "城市" if row["ur_code"].startswith("1") else "农村"
        for row in rows
        if row["code"].startswith(province) and row["ur_code"]
    }


def shares(whole: int, weights: Sequence[int]) -> list[int]:
    """A whole number divided by weights, summing up exactly; the first get what remains."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [whole * weight // total for weight in weights]
    for at in range(whole - sum(parts)):
        parts[at % len(parts)] += 1
    return parts


def spread(folder: Path, province: str) -> tuple[list[tuple[Any, ...]], Counter[str]]:
    """Rows of a table of communities, and how each was told to be urban or rural."""
    names = {
        row["code"]: row["name"] for begin in ("nbs2022_areas", "nbs2022_streets") for row in rows_of(folder, begin)
    }
    census = {row["区划代码"]: row for row in rows_of(folder, "census2020_county")}
    old = kinds_of(folder, province)
    told: Counter[str] = Counter()
    counties: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows_of(folder, "nbs2022_villages"):
        code, name = row["code"], row["name"]
        if not code.startswith(province):
            continue
        kind = old.get((code, name))
        told["code" if kind else "name"] += 1
        counties[code[:6]].append((code, name, kind or ("农村" if "村" in name else "城市")))
    out: list[tuple[Any, ...]] = []
    for county, places in counties.items():
        found = census.get(county)
        residents: list[int | str] = [""] * len(places)
        households: list[int | str] = [""] * len(places)
        if found is not None:
            told["counties"] += 1
            urban = [kind == "城市" for _, _, kind in places]
            town, land = int(found["城镇人口"]), int(found["乡村人口"])
            if not any(urban) or all(urban):
                people = shares(town + land, [1] * len(places))
            else:
                in_town = iter(shares(town, [1] * sum(urban)))
                on_land = iter(shares(land, [1] * (len(places) - sum(urban))))
                people = [next(in_town if one else on_land) for one in urban]
            residents = list(people)
            households = list(shares(int(found["家庭户数"]), people))
        for (code, name, kind), many, homes in zip(places, residents, households, strict=True):
            out.append((code, name, names.get(code[:9], ""), names.get(county, ""), kind, many, homes, "", ""))
    return out, told


def main() -> None:
    """Spread, judge, print, and write reports where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--province", choices=sorted(PACKS), default="42")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2026, 6, 30))
    parser.add_argument("-o", "--output", type=Path, action="append", default=[])
    options = parser.parse_args()
    begun = time.process_time()
    rows, told = spread(options.folder, options.province)
    table = io.StringIO()
    csv.writer(table).writerows([HEAD, *rows])
    raw = table.getvalue().encode()
    spread_ms = (time.process_time() - begun) * 1000

    from linli.site.commands import prepare

    prepare.start_django()
    from linli.law.load import load_pack
    from linli.site.checkup.run import judge_file, take_file
    from linli.site.commands.checkup import write_report

    pack = load_pack(PACKS[options.province])
    begun = time.process_time()
    report = judge_file(take_file("census.csv", raw, pack), pack, options.as_of, label=LABEL)
    judge_ms = (time.process_time() - begun) * 1000
    levels = report.levels
    print(f"{pack.title}，{LABEL}。")
    print(
        f"{len(levels['county'])} 个县级单位（{told['counties']} 个有普查数）、{len(levels['street'])} 个街道（乡镇）、{len(levels['community'])} 个社区（村）；"
    )
    print(f"城乡类别：{told['code']} 个按 2016 年代码，{told['name']} 个按名称。")
    for id in ("staffing", "area_per_households", "area_floor_urban", "area_floor_rural"):
        one = next((one for one in report.judged["community"] if one.duty.id == id), None)
        if one is None:
            continue
        counts = Counter(
            one.finding(row).verdict.value + (f" ({why})" if (why := one.finding(row).why) else "")
            for row in range(len(one.verdict))
        )
        need = float(one.need[one.need == one.need].sum())
        print(f"  {id}: {dict(counts)}；合计需要 {need:,.2f}")
    print(f"CPU：推算 {spread_ms:.0f} ms，读表评判 {judge_ms:.0f} ms。")
    for path in options.output:
        write_report(path, report)
        print(f"报告：{path}")


if __name__ == "__main__":
    main()
