"""Every block of Python in the book, in order, each page in a process of its own."""

import re
import subprocess
import sys

import pytest
from conftest import ROOT

PAGES = [ROOT / "docs/python.md", ROOT / "crates/python/README.md"]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def test_a_page_has_blocks():
    assert len(BLOCK.findall(PAGES[0].read_text(encoding="utf-8"))) >= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run(page, tmp_path):
    text = page.read_text(encoding="utf-8")
    script = tmp_path / "page.py"
    # Each block stays on its line, so that an error names the line of the page.
    lines = [""] * text.count("\n")
    for found in BLOCK.finditer(text):
        start = text.count("\n", 0, found.start(1))
        for offset, line in enumerate(found.group(1).splitlines()):
            lines[start + offset] = line
    script.write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
