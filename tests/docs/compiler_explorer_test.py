#!/usr/bin/env python3
"""The page that opens Compiler Explorer holds the first program, which includes the library from the web.

    compiler_explorer_test.py REPOSITORY
"""

import base64
import json
import pathlib
import re
import subprocess
import sys
import tempfile

repository = pathlib.Path(sys.argv[1])
program = repository / "examples" / "quickstart.cpp"
header = "https://somebody.github.io/concrete/concrete.hpp"
with tempfile.TemporaryDirectory() as folder:
    page = pathlib.Path(folder) / "page.html"
    subprocess.run([sys.executable, repository / "docs" / "compiler_explorer.py", program, header, page], check=True)
    (address,) = set(re.findall(r"https://godbolt\.org/clientstate/([\w=-]+)\"", page.read_text()))
(session,) = json.loads(base64.urlsafe_b64decode(address))["sessions"]
expected = program.read_text().replace("<concrete/concrete.hpp>", f"<{header}>")
assert session["source"] == expected != program.read_text()
assert "-std=c++20" in session["executors"][0]["compiler"]["options"]
