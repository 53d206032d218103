"""Splits one document with Python's json module: the whole document in memory, nine gzip files of JSON lines."""

import gzip
import json
import os
import re
import sys

source, target = sys.argv[1:3]
snake = re.compile(r"(?<!^)([A-Z])")
names = {}


def column(key):
    if key not in names:
        names[key] = snake.sub(r"_\1", key).lower()
    return names[key]


def cell(value):
    return json.dumps(value) if isinstance(value, (list, dict)) else value


with open(source, encoding="utf-8") as file:
    document = json.load(file)
os.makedirs(target, exist_ok=True)
rows, seconds = {}, 0
for array, elements in document.items():
    rows[array] = len(elements)
    with gzip.open(os.path.join(target, array + ".ndjson.gz"), "wt", compresslevel=1, encoding="utf-8") as out:
        for element in elements:
            row = {column(key): cell(value) for key, value in element.items() if value is not None}
            if array == "events":
                seconds += row.get("duration_in_seconds", 0)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
with open(os.path.join(target, "figures.json"), "w", encoding="utf-8") as out:
    json.dump({"rows": rows, "seconds": seconds}, out)
