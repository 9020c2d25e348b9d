"""Loaded before anything else (`-p tests.isolate`): tests never touch an installation's own data folder."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "PYTEST_XDIST_WORKER" not in os.environ:  # workers share the folder of the run that started them
    folder = tempfile.mkdtemp(prefix="linli-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["LINLI_DATA"] = folder
    os.makedirs(os.path.join(folder, "static"), exist_ok=True)
os.environ["LINLI_STRICT"] = "1"
for name in ("LINLI_DEMO", "LINLI_PORT", "LINLI_HOSTS"):
    os.environ.pop(name, None)
