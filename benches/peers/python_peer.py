"""orjson + ahocorasick_rs, as a peer: python_peer.py TERMS < posts > answers."""

import sys

import ahocorasick_rs
import orjson


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        terms = sorted({line.lower() for line in file.read().splitlines() if line.strip()})
    engine = ahocorasick_rs.AhoCorasick(terms)
    posts = hit = total = 0
    write = sys.stdout.buffer.write
    for line in sys.stdin.buffer:
        try:
            post = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        text = f"{post.get('title') or ''}\n{post['text']}".lower()
        hits = len(engine.find_matches_as_indexes(text, overlapping=True))
        posts += 1
        hit += hits > 0
        total += hits
        write(b'{"id":"%b","hits":%d}\n' % (post["id"].encode(), hits))
    sys.stdout.flush()
    print(f"tally {posts} {hit} {total}", file=sys.stderr)


main()
