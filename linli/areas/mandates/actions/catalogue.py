"""The catalogue of matters (事项目录) as rows, from the seed that the classifier uses too."""

from __future__ import annotations

from linli.areas.mandates.models import Matter
from linli.methods.classify import default_catalogue


def sync_matters() -> int:
    """Bring the table up to the seed catalogue: add, rename, never delete; return how many rows were new. Idempotent."""
    catalogue = default_catalogue()
    known = set(Matter.objects.values_list("code", flat=True))
    rows = []
    for matter in catalogue.matters.values():
        rows.append(
            Matter(
                code=matter.code,
                name=matter.name,
                class_code=matter.class_code,
                class_name=catalogue.classes[matter.class_code].name,
                owner=matter.owner,
                safety=matter.safety,
            )
        )
    Matter.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "class_code", "class_name", "owner", "safety"],
    )
    return len(rows) - len(known & {row.code for row in rows})
