"""Rules in Python, as peers: python_rules.py re|words RULES.json < posts > answers.

`re` is the program that most people write first: two regexes a rule, rule by rule. `words` is what
they write when that is too slow: one automaton over all words, then distances.
"""

import json
import re
import sys
import time
from collections import defaultdict

import ahocorasick_rs
import orjson

NEAR_CHARS = 40


def by_regexes(rules):
    def any_of(words):
        return "(?:" + "|".join(map(re.escape, words)) + ")"

    compiled = []
    for rule in rules:
        first, second = any_of(rule["first"]), any_of(rule["second"])
        gap = f".{{0,{NEAR_CHARS}}}"
        near = re.compile(f"{first}{gap}{second}|{second}{gap}{first}", re.DOTALL)
        compiled.append((near, re.compile(any_of(rule["never"]))))

    def find(text):
        return [
            number
            for number, (near, never) in enumerate(compiled)
            if near.search(text) and not never.search(text)
        ]

    return find


def by_words(rules):
    uses = defaultdict(list)
    for number, rule in enumerate(rules):
        for side in ("first", "second", "never"):
            for word in rule[side]:
                uses[word].append((number, side))
    words = list(uses)
    uses = [uses[word] for word in words]
    engine = ahocorasick_rs.AhoCorasick(words)

    def find(text):
        found = defaultdict(lambda: {"first": [], "second": [], "never": []})
        for word, start, end in engine.find_matches_as_indexes(text, overlapping=True):
            for number, side in uses[word]:
                found[number][side].append((start, end))
        return sorted(
            number
            for number, sides in found.items()
            if not sides["never"]
            and any(
                max(start - other_end, other_start - end) <= NEAR_CHARS
                for start, end in sides["first"]
                for other_start, other_end in sides["second"]
            )
        )

    return find


def main():
    way, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        rules = json.load(file)
    find = {"re": by_regexes, "words": by_words}[way](rules)
    print(f"built {time.process_time_ns()}", file=sys.stderr)
    posts = hit = total = 0
    write = sys.stdout.buffer.write
    for line in sys.stdin.buffer:
        try:
            post = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        numbers = find(post["text"].lower())
        posts += 1
        hit += bool(numbers)
        total += len(numbers)
        write(orjson.dumps({"id": post["id"], "rules": numbers}) + b"\n")
    sys.stdout.flush()
    print(f"tally {posts} {hit} {total}", file=sys.stderr)


main()
