"""Print the OpenAPI document: `python -m linli.site.commands.api_document > docs/openapi.json` (接口文档)."""

from __future__ import annotations

import json
import os
import sys


def run() -> None:
    """Write the document to standard output. Django must be set up."""
    from linli.site.api import document

    sys.stdout.write(json.dumps(document(), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.site.settings")
    django.setup()
    run()
