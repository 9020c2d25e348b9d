"""WSGI entry for granian."""

import os

from django.core.wsgi import get_wsgi_application

from linli.law.load import broken_packs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.site.settings")
application = get_wsgi_application()
# Here and not with the first page that needs them: a pack that somebody breaks later is no page's failure.
if faults := broken_packs():
    raise SystemExit("\n".join(faults))
