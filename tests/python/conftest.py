"""The program and the files of the repository, for the tests of the Python package."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TEXT = "注册就送88彩金，加微信 lucky_88x"

PACK = """\
tidegate: 1
pack: mine
version: 1.0.0
title: Rules for tests
license: CC0-1.0
defaults: { category: fraud, level: high }
rules:
  - { id: mine.word, title: T, match: { word: [quicksilver] }, condition: word, weight: 9 }
"""


@pytest.fixture
def pack(tmp_path):
    """A pack with one rule, in a file."""
    path = tmp_path / "mine.rules.yaml"
    path.write_text(PACK)
    return path


@pytest.fixture(scope="session")
def program():
    """Runs the command that the package installs: its output."""
    command = pathlib.Path(sys.executable).with_name("tidegate")

    def run(*arguments, input=b"", status=0):
        done = subprocess.run([command, *map(str, arguments)], input=input, capture_output=True)
        assert done.returncode == status, done.stderr.decode()
        return done.stdout

    return run
