"""polars: one lazy query over all files, run by its streaming engine on all cores."""

import gzip

import polars as pl

from day import CLASSES, COLUMNS, IDS, NUMBERS, SUMS, WHOLE, Day


def slots_of(file):
    # Each file has its own order of columns, so each is a scan of its own.
    text = pl.col("TransactionId", "TimePositionClass", *NUMBERS, *IDS.values(), "VideoAssetId").str.strip_chars()
    ids = pl.col(*IDS.values(), "VideoAssetId")
    ids = ids.str.replace(r"\.0*$", "")
    return (
        pl.scan_csv(file, infer_schema=False, truncate_ragged_lines=True)
        .filter(pl.col("EventName") == "slotImpression")
        .select(COLUMNS)
        .with_columns(text)
        .filter(pl.col("TransactionId").is_not_null() & (pl.col("TransactionId") != ""))
        .filter(pl.all_horizontal(pl.col(*NUMBERS).str.contains(WHOLE).fill_null(False)))
        .with_columns(
            pl.col("TimePositionClass").str.to_lowercase(),
            pl.col(*NUMBERS).cast(pl.Float64).cast(pl.Int64),
            ids,
        )
        .with_columns(
            pl.when(pl.col(column).is_null() | pl.col(column).is_in(["", "nan"]))
            .then(pl.lit("unknown"))
            .otherwise(pl.col(column))
            .alias(column)
            for column in (*IDS.values(), "VideoAssetId")
        )
    )


def main():
    day = Day()
    day.copy_raw()
    slots = pl.concat([slots_of(file) for file in day.files]).collect(engine="streaming")
    slots.write_parquet(day.folder("slots", f"date={day.date}") / "slots.parquet")
    for break_class in CLASSES:
        rows = slots.filter(pl.col("TimePositionClass") == break_class)
        lines = rows.drop("TimePositionClass").write_ndjson().encode()
        (day.of_class("filtered", break_class) / "slots.jsonl.gz").write_bytes(gzip.compress(lines, 1))
        day.publish_summary(break_class, len(rows), rows["MaxDuration"].sum(), rows["TimeUnfilled"].sum())
        for dimension, column in IDS.items():
            items = rows.group_by(column).agg(pl.len(), *(pl.col(name).sum() for name in SUMS))
            day.publish_items(break_class, dimension, items.rows())
    day.publish_all_named()


if __name__ == "__main__":
    main()
