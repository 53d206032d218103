"""pandas row by row, as the pipeline that peaches replaces did it.

Five programs in a row that hand files to each other: decompress, keep the slots of each file, walk
through the rows of each class, walk through the items, put names on them. Only what made the figures
wrong was mended.
"""

import gzip
import json
import re
import shutil

import pandas as pd

from day import CLASSES, COLUMNS, IDS, NUMBERS, SUMS, WHOLE, Day, write_json

day = Day()
whole = re.compile(WHOLE)


def extract():
    folder = day.folder("raw", f"date={day.date}")
    for file in day.files:
        with gzip.open(file, "rb") as packed, open(folder / file.stem, "wb") as csv:
            shutil.copyfileobj(packed, csv)


def keep_slots():
    folder = day.folder("slots", f"date={day.date}")
    for file in sorted(day.folder("raw", f"date={day.date}").glob("*.csv")):
        rows = pd.read_csv(file, dtype=str, keep_default_na=False, on_bad_lines="skip")
        rows = rows[rows["EventName"].str.contains("slotImpression")]
        rows = rows[rows["EventName"] == "slotImpression"]
        rows[COLUMNS].to_csv(folder / file.name, index=False)


def clean_id(value):
    value = value.strip().split(".")[0]
    return "unknown" if value in ("", "nan") else value


def filter_class(break_class):
    folder = day.of_class("filtered", break_class)
    slots = opportunities = missed = 0
    for file in sorted(day.folder("slots", f"date={day.date}").glob("*.csv")):
        kept = []
        for _, row in pd.read_csv(file, dtype=str, keep_default_na=False).iterrows():
            if row["TimePositionClass"].strip().lower() != break_class:
                continue
            if row["TransactionId"].strip() == "" or not all(whole.match(row[n].strip()) for n in NUMBERS):
                continue
            slot = {name: int(float(row[name])) for name in NUMBERS}
            slot["TransactionId"] = row["TransactionId"]
            for column in (*IDS.values(), "VideoAssetId"):
                slot[column] = clean_id(row[column])
            kept.append(slot)
            slots += 1
            opportunities += slot["MaxDuration"]
            missed += slot["TimeUnfilled"]
        write_json(folder / f"{file.stem}.slots.json", kept)
    day.publish_summary(break_class, slots, opportunities, missed)


def sum_items(break_class):
    sums = {dimension: {} for dimension in IDS}
    for file in sorted(day.of_class("filtered", break_class).glob("*.slots.json")):
        for slot in json.loads(file.read_text()):
            for dimension, column in IDS.items():
                entry = sums[dimension].setdefault(slot[column], {"breaks": 0, **{name: 0 for name in SUMS}})
                entry["breaks"] += 1
                for name in SUMS:
                    entry[name] += slot[name]
    for dimension, items in sums.items():
        rows = [(id, entry["breaks"], *(entry[name] for name in SUMS)) for id, entry in items.items()]
        day.publish_items(break_class, dimension, rows)


extract()
keep_slots()
for break_class in CLASSES:
    filter_class(break_class)
for break_class in CLASSES:
    sum_items(break_class)
day.publish_all_named()
