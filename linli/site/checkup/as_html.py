"""The report as one HTML file (体检报告网页): complete in itself, printable on A4, charts as SVG with their tables behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

import linli.site
from linli.law.checkup.report import Report
from linli.site.checkup.brief import LINE_HEAD, PROBLEMS, brief_of, finding_rows

LINES = 5_000
"""Findings shown one by one in the file; the Excel report and the JSON hold more, or all."""
_CSS = Path(linli.site.__file__).parent / "static" / "linli.css"


def context(report: Report) -> dict[str, Any]:
    """What the templates show; the same for the file and for the page of the workbench."""
    problems = report.problems
    errors = [one for one in problems if one.kind == "error"]
    return {
        "report": report,
        "brief": brief_of(report),
        "errors": errors[:PROBLEMS],
        "more_errors": max(0, len(errors) - PROBLEMS),
        "notes": [one for one in problems if one.kind != "error"][:PROBLEMS],
    }


def page(report: Report) -> str:
    """The whole file."""
    lines, cut = finding_rows(report, most=LINES)
    css = _CSS.read_text(encoding="utf-8")
    more = {
        "lines": lines,
        "line_head": LINE_HEAD,
        "cut": cut,
        "most": LINES,
        "style": mark_safe(f"<style>{css}</style>"),
    }
    return render_to_string("checkup/report.html", {**context(report), **more})
