"""Engines: verdicts, other rules, errors with places, explanations."""

import json

import pytest
import tidegate
from conftest import PACK, ROOT, TEXT


def test_a_verdict_has_its_evidence_in_characters():
    verdict = tidegate.Engine().classify("小心！" + TEXT)
    assert verdict.action == "block" and verdict.categories["gambling"] > 0
    assert verdict.rules[0].id.startswith("gambling.zh.")
    hits = [hit for rule in verdict.rules for hit in rule.evidence]
    assert hits and hits[0].span == (3, 7) and (hits[0].start, hits[0].end) == (9, 21)
    for hit in hits:
        start, end = hit.span
        assert ("小心！" + TEXT)[start:end] == hit.text


def test_dictionaries_are_read_by_the_mapping():
    engine = tidegate.Engine(mapping={"text": "/body/raw", "id": ["/no", "/key"], "html": "/body/raw"})
    verdict = engine.classify({"key": 7, "body": {"raw": "<b>注册</b>就送88彩金，加微信 lucky_88x"}})
    assert verdict.id == 7 and verdict.action == "block"
    assert engine.classify({"text": TEXT}).error == "no_text"
    assert tidegate.Engine(mapping="mastodon").classify({"id": "1", "content": f"<p>{TEXT}</p>"}).action == "block"


def test_verdicts_are_the_bytes_of_the_program(program):
    engine = tidegate.Engine(stamp=True)
    lines = (ROOT / "examples/posts.jsonl").read_bytes() + b'{"id":\n\n{"id":1,"text":"\\ud800 \xff"}'
    expected = program("scan", "--stamp", "-", input=lines)
    for threads in (1, 2, None):
        assert engine.classify_ndjson(lines, threads=threads) == expected
    assert engine.classify_ndjson(b"") == b""
    one = lines.splitlines()[0]
    assert engine.classify(json.loads(one)).json + "\n" == expected.decode().splitlines(True)[0]
    with pytest.raises(ValueError, match="UTF-16"):
        engine.classify_ndjson("x".encode("utf-16"))


def test_a_post_with_line_breaks_inside_is_one():
    native = tidegate.Engine()._native
    assert native.line(b'{"id":1,\n"text":"hello"}\n').count(b"\n") == 1


def test_what_is_no_post_is_refused():
    engine = tidegate.Engine()
    for wrong in (None, b"bytes", 5, ["a"], float("nan")):
        with pytest.raises(TypeError):
            engine.classify(wrong)
    with pytest.raises(TypeError, match="decode it first"):
        engine.classify(b"bytes")
    with pytest.raises(ValueError):
        engine.classify({"text": "a", "score": float("nan")})
    assert engine.classify({"id": 1}).error == "no_text"
    assert engine.classify("").action == "allow"
    assert engine.classify("a\ud800b\udfff").action == "allow"
    assert engine.classify("a" * 1_000_000).action == "allow"
    assert engine.classify("好" * 1_000_000).error == "too_long"
    assert tidegate.Engine(max_post_bytes=4_000_000).classify("好" * 1_000_000).action == "allow"


def test_own_rules_are_used_with_or_without_the_embedded_ones(pack):
    both = tidegate.Engine(rules=pack)
    alone = tidegate.Engine(rules=[str(pack)], default_rules=False)
    assert alone.rules == 1 and both.rules == tidegate.Engine().rules + 1
    assert alone.classify("quicksilver").categories == {"fraud": 9}
    assert alone.classify(TEXT).action == "allow" and both.classify(TEXT).action == "block"
    assert both.ruleset != alone.ruleset
    assert tidegate.Engine(rules=pack, disable="mine.*").classify("quicksilver").action == "allow"
    only = tidegate.Engine(only_categories=["fraud"])
    assert only.classify(TEXT).action == "allow"


def test_errors_of_rules_have_places(tmp_path):
    path = tmp_path / "bad.rules.yaml"
    path.write_text(PACK.replace("condition: word", "condition: wrod"))
    with pytest.raises(tidegate.RuleError) as raised:
        tidegate.Engine(rules=path)
    first = raised.value.diagnostics[0]
    line = PACK.splitlines()[7].replace("condition: word", "condition: wrod")
    assert (first.file, first.line, first.column) == (str(path), 8, line.index("wrod") + 1)
    assert first.is_error and first.code and "wrod" in first.message
    assert f"{path}:8:" in str(raised.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rules": "no-such-folder"}, "no-such-folder: No such file"),
        ({"policy": "strickt"}, "no policy is called `strickt`"),
        ({"compiled": "no-such.tgc"}, "no-such.tgc: No such file"),
        ({"compiled": b"not compiled"}, "no compiled rule set"),
        ({"mapping": "weiboo"}, "no preset is called `weiboo`"),
        ({"mapping": {"text": "body"}}, "body"),
        ({"disable": "no.such"}, "no rule is called `no.such`"),
        ({"only_categories": "swearing"}, "no category is called `swearing`"),
    ],
)
def test_wrong_options_are_rule_errors(options, message):
    with pytest.raises(tidegate.RuleError, match=message) as raised:
        tidegate.Engine(**options)
    assert len(raised.value.diagnostics) == 1


def test_options_that_contradict_each_other_are_refused(pack):
    for options in ({"default_rules": False}, {"compiled": b"", "rules": pack}, {"max_post_bytes": 3}):
        with pytest.raises(ValueError):
            tidegate.Engine(**options)


def test_a_compiled_file_is_an_engine(program, pack, tmp_path):
    compiled = tmp_path / "mine.tgc"
    program("compile", "--no-default-rules", "--output", compiled, pack)
    engine = tidegate.Engine(compiled=compiled)
    assert engine.ruleset == tidegate.Engine(rules=pack, default_rules=False).ruleset
    assert engine.classify("quicksilver").action == "block"
    with pytest.raises(tidegate.RuleError, match="use `compiled=`"):
        tidegate.Engine(rules=compiled)
    damaged = bytearray(compiled.read_bytes())
    damaged[-5] ^= 1
    with pytest.raises(tidegate.RuleError, match="damaged"):
        tidegate.Engine(compiled=bytes(damaged))
    other = bytearray(compiled.read_bytes())
    other[15] ^= 1  # the last byte of the mark is the format
    with pytest.raises(tidegate.BuildMismatch, match="compile the rules again"):
        tidegate.Engine(compiled=bytes(other))


def test_an_explanation_shows_itself_in_a_notebook():
    explanation = tidegate.Engine().explain(TEXT)
    assert explanation.members["action"] == "block"
    assert "<html" in explanation.html and "gambling.zh." in explanation.html
    assert explanation._repr_html_().startswith("<iframe sandbox srcdoc=") and "<html" not in explanation._repr_html_()
    assert "gambling.zh." in repr(explanation)
    assert '<html lang="en"' in explanation.html
    assert '<html lang="zh' in tidegate.Engine().explain("hello", lang="zh").html
    with pytest.raises(ValueError):
        tidegate.Engine().explain("hello", lang="fr")
