#!/usr/bin/env python3
"""Writes a page that opens a program in Compiler Explorer, with the library from the web as one header.

    compiler_explorer.py PROGRAM HEADER_URL OUT.html

The state in the link is as https://github.com/compiler-explorer/compiler-explorer/blob/main/docs/API.md has it.
"""

import base64
import json
import pathlib
import sys

HEADER = "#include <concrete/concrete.hpp>"


def link(program, header_url):
    assert HEADER in program
    compiler = {
        "id": "g142",
        "options": "-std=c++20 -O2",
        "libs": [{"id": "eigen", "version": "340", "name": "eigen", "ver": "340"}],
    }
    session = {
        "id": 1,
        "language": "c++",
        "source": program.replace(HEADER, f"#include <{header_url}>"),
        "compilers": [],
        "executors": [{"arguments": "", "compiler": compiler, "stdin": ""}],
    }
    state = base64.urlsafe_b64encode(json.dumps({"sessions": [session]}).encode()).decode()
    return f"https://godbolt.org/clientstate/{state}"


def main():
    program, header_url, out = sys.argv[1:]
    address = link(pathlib.Path(program).read_text(), header_url)
    pathlib.Path(out).write_text(
        "<!doctype html>\n<title>concrete in Compiler Explorer</title>\n"
        f'<meta http-equiv="refresh" content="0; url={address}">\n<a href="{address}">The first program</a>\n'
    )


if __name__ == "__main__":
    main()
