"""Turns the texts that every Debian has (licences, copyright files, changelogs in words) into vectors.

A paragraph becomes hashed counts of its 5-character sequences, damped, weighted by rarity and scaled to length 1. A query
is the last half of a paragraph, which the search should find again.

usage: texts.py <output.npz>
"""
import gzip
import os
import sys

import numpy as np

DIMENSIONS = 1024
GRAM = 5
QUERIES = 256
MOST_PARAGRAPHS = 12000
MOST_BYTES = 40 << 20


def files():
    for root in ("/usr/share/common-licenses", "/usr/share/doc"):
        for directory, _, names in sorted(os.walk(root)):
            for name in sorted(names):
                path = os.path.join(directory, name)
                if root.endswith("licenses") or name == "copyright" or name.upper().startswith(("README", "NEWS", "FAQ")):
                    if os.path.isfile(path) and not os.path.islink(path):
                        yield path


def paragraphs():
    seen, size = set(), 0
    for path in files():
        try:
            with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
                text = f.read(1 << 20).decode("utf-8", "ignore")
        except (OSError, EOFError):
            continue
        size += len(text)
        for paragraph in text.split("\n\n"):
            words = " ".join(paragraph.split())
            if 200 <= len(words) <= 2000 and words.lower() not in seen:
                seen.add(words.lower())
                yield path, words
        if size > MOST_BYTES or len(seen) > 4 * MOST_PARAGRAPHS:
            return


def counts(text):
    letters = np.frombuffer(text.lower().encode("ascii", "replace"), np.uint8).astype(np.uint64)
    code = np.zeros(len(letters) - GRAM + 1, np.uint64)
    for i in range(GRAM):
        code = code * np.uint64(257) + letters[i:len(letters) - GRAM + 1 + i]
    slot = (code * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(54)
    return np.bincount(slot.astype(np.int64), minlength=DIMENSIONS)


def unit(x):
    return (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def main():
    found = list(paragraphs())
    step = max(1, -(-len(found) // MOST_PARAGRAPHS))
    found = found[::step]
    if len(found) < 200:
        sys.exit("too few texts under /usr/share/common-licenses and /usr/share/doc")
    texts = [text for _, text in found]
    chosen = np.linspace(0, len(texts) - 1, min(QUERIES, len(texts) // 2)).astype(int)
    asked = [texts[i][len(texts[i]) // 2:] for i in chosen]
    raw = np.log1p(np.stack([counts(t) for t in texts]))
    rarity = np.log(len(texts) / (1 + (raw > 0).sum(axis=0))) + 0.01
    queries = np.log1p(np.stack([counts(t) for t in asked])) * rarity
    np.savez(sys.argv[1], documents=unit(raw * rarity), queries=unit(queries), chosen=chosen,
             texts=np.array(texts), asked=np.array(asked), paths=np.array([path for path, _ in found]))
    print(f"{len(texts)} paragraphs of {len(set(path for path, _ in found))} files, {len(asked)} queries")


if __name__ == "__main__":
    main()
