"""pandas as it is meant to be used: Arrow's CSV reader, whole columns at a time, two processes."""

import gzip
from concurrent.futures import ProcessPoolExecutor

import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv

from day import CLASSES, COLUMNS, IDS, NUMBERS, SUMS, WHOLE, Day

PROCESSES = 2


def read_slots(file):
    columns = ["EventName", *COLUMNS]
    with gzip.open(file, "rb") as packed:
        data = packed.read()
    table = csv.read_csv(
        pa.py_buffer(data),
        read_options=csv.ReadOptions(use_threads=False, block_size=4 << 20),
        parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _row: "skip"),
        convert_options=csv.ConvertOptions(
            include_columns=columns, column_types={column: pa.string() for column in columns}
        ),
    )
    rows = table.to_pandas()
    rows = rows[rows["EventName"] == "slotImpression"][COLUMNS]
    usable = rows["TransactionId"].str.strip() != ""
    for name in NUMBERS:
        usable &= rows[name].str.strip().str.match(WHOLE)
    rows = rows[usable]
    rows[NUMBERS] = rows[NUMBERS].astype("float64").astype("int64")
    rows["TimePositionClass"] = rows["TimePositionClass"].str.strip().str.lower()
    for column in (*IDS.values(), "VideoAssetId"):
        ids = rows[column].str.strip().str.replace(r"\.0*$", "", regex=True)
        rows[column] = ids.mask(ids.isin(["", "nan"]), "unknown")
    return rows


def work(file, slots_folder):
    rows = read_slots(file)
    rows.to_parquet(slots_folder / f"{file.stem}.parquet", index=False)
    parts = {}
    for break_class in CLASSES:
        slots = rows[rows["TimePositionClass"] == break_class]
        lines = slots.drop(columns="TimePositionClass").to_json(orient="records", lines=True)
        sums = {
            dimension: slots.groupby(column)[SUMS].sum().assign(breaks=slots.groupby(column).size())
            for dimension, column in IDS.items()
        }
        head = (len(slots), int(slots["MaxDuration"].sum()), int(slots["TimeUnfilled"].sum()))
        parts[break_class] = (head, gzip.compress(lines.encode(), 1), sums)
    return parts


def main():
    day = Day()
    day.copy_raw()
    slots_folder = day.folder("slots", f"date={day.date}")
    outputs = {name: open(day.of_class("filtered", name) / "slots.jsonl.gz", "wb") for name in CLASSES}
    heads = {name: [] for name in CLASSES}
    sums = {name: {dimension: [] for dimension in IDS} for name in CLASSES}
    with ProcessPoolExecutor(PROCESSES) as pool:
        for parts in pool.map(work, day.files, [slots_folder] * len(day.files)):
            for break_class, (head, lines, by_item) in parts.items():
                heads[break_class].append(head)
                outputs[break_class].write(lines)
                for dimension, part in by_item.items():
                    sums[break_class][dimension].append(part)
    for break_class in CLASSES:
        outputs[break_class].close()
        day.publish_summary(break_class, *(sum(column) for column in zip(*heads[break_class])))
        for dimension, parts in sums[break_class].items():
            total = pd.concat(parts).groupby(level=0).sum()[["breaks", *SUMS]]
            day.publish_items(break_class, dimension, [(row[0], *map(int, row[1:])) for row in total.itertuples()])
    day.publish_all_named()


if __name__ == "__main__":
    main()
