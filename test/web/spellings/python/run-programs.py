"""Runs the programs that it is given the paths of, one after another: for each a line of JSON with what it printed."""

import contextlib
import io
import json
import runpy
import sys
import traceback

for path in json.load(sys.stdin):
    out = io.StringIO()
    error = None
    with contextlib.redirect_stdout(out):
        try:
            runpy.run_path(path, run_name="__main__")
        except Exception:
            error = traceback.format_exc()
    print(json.dumps({"out": out.getvalue(), "error": error}), flush=True)
