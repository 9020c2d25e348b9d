"""The packs of law (法规包): every one can be loaded, ours and those of LINLI_PACKS."""

from __future__ import annotations

from linli.law.load import broken_packs
from linli.law.load import packs as found_packs
from linli.site.health import Finding, judged


def packs() -> Finding:
    """What `linli law check` says of the packs that cannot be loaded."""
    faults = broken_packs()
    state = "；".join(faults) or "、".join(found_packs())
    return judged(
        "packs", "法规包", state, not faults, "请照说明改好法规包，或从 LINLI_PACKS 中去掉；改后用 linli law check 再查"
    )
