#!/usr/bin/env python3
"""Posts a second from Python: tidegate, and what people use now, on the same texts in one run.

  compare.py POSTS [--rows N] [--words FILE] [--rounds N]

POSTS has one post a line, as JSON with `text`. The word list is that of all terms that the matchers name
in `rules/` (`--words` takes another: a term a line), so that pyahocorasick and flashtext look for as many
terms. They only find terms: no folding, no rules, no verdict. Presidio's pattern recognisers find entities
(cards, mail addresses, phone numbers), on fewer rows. Rounds are interleaved; the fastest counts.

Needs the packages tidegate, pyarrow, pyahocorasick, flashtext and presidio-analyzer; one that is missing is
left out.
"""

import argparse
import importlib.util
import json
import pathlib
import re
import resource
import time

ROOT = pathlib.Path(__file__).parents[2]


def words_of_rules():
    """Quoted and bare terms of the shipped packs and lists, roughly: enough to be as many."""
    found = set()
    for path in sorted((ROOT / "rules").rglob("*")):
        if path.suffix == ".txt":
            found.update(line.strip() for line in path.read_text("utf-8").splitlines())
        elif path.name.endswith(".rules.yaml"):
            for group in re.findall(r"\[([^\[\]\n]+)\]", path.read_text("utf-8")):
                found.update(part.strip(" '\"") for part in group.split(","))
    return sorted(word for word in found if len(word) > 1 and not word.startswith("#"))


def tidegate_engine():
    import tidegate

    return tidegate.Engine()


def users(words):
    """Name, number of rows of each thousand, and the function that judges texts."""
    engine = tidegate_engine()
    yield "tidegate, classify, one by one", 1000, lambda texts: [engine.classify(text).json for text in texts]
    yield "tidegate, classify_many, 1 thread", 1000, lambda texts: engine.classify_many(texts, threads=1)
    yield "tidegate, classify_many", 1000, lambda texts: engine.classify_many(texts)
    if importlib.util.find_spec("pyarrow"):
        import pyarrow

        yield "tidegate, classify_many, Arrow", 1000, lambda texts, made={}: engine.classify_many(
            made.setdefault(id(texts), pyarrow.array(texts))
        )
    if importlib.util.find_spec("ahocorasick"):
        import ahocorasick

        automaton = ahocorasick.Automaton()
        for word in words:
            automaton.add_word(word, word)
        automaton.make_automaton()
        yield f"pyahocorasick, {len(words)} terms", 1000, lambda texts: [list(automaton.iter(text)) for text in texts]
    if importlib.util.find_spec("flashtext"):
        import flashtext

        processor = flashtext.KeywordProcessor()
        processor.add_keywords_from_list(list(words))
        yield f"flashtext, {len(words)} terms", 200, lambda texts: [processor.extract_keywords(text) for text in texts]
    if importlib.util.find_spec("presidio_analyzer"):
        from presidio_analyzer import RecognizerResult, predefined_recognizers as known  # noqa: F401

        recognizers = [known.CreditCardRecognizer(), known.EmailRecognizer(), known.PhoneRecognizer(), known.IbanRecognizer()]
        entities = [(each, each.supported_entities) for each in recognizers]
        yield "presidio, 4 recognisers", 20, lambda texts: [
            [each.analyze(text, names, None) for each, names in entities] for text in texts
        ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--words")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with open(args.posts, encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line, _ in zip(file, range(args.rows))]
    words = pathlib.Path(args.words).read_text("utf-8").split("\n") if args.words else words_of_rules()
    words = [word for word in words if word]
    best, memory = {}, {}
    all_users = []
    for user in users(words):
        all_users.append(user)
        memory[user[0]] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    samples = {share: texts[: max(1, len(texts) * share // 1000)] for _, share, _ in all_users}
    for _ in range(args.rounds):
        for name, share, run in all_users:
            begun = time.perf_counter()
            run(samples[share])
            rate = len(samples[share]) / (time.perf_counter() - begun)
            best[name] = max(rate, best.get(name, 0))
    size = sum(len(text.encode("utf-8", "replace")) for text in texts) / len(texts)
    print(f"{len(texts)} texts of {size:.0f} bytes on average; the fastest of {args.rounds} rounds")
    for name, rate in best.items():
        print(f"{name:40} {rate:12,.0f} texts/s")
    print(f"largest memory after loading each, in order, in MB: {list(memory.values())}")


if __name__ == "__main__":
    main()
