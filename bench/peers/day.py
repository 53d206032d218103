"""What all peers share: where a day lies, what counts, and the form in which figures are published."""

import json
import shutil
import sys
from pathlib import Path

CLASSES = ["preroll", "midroll", "overlay"]
NUMBERS = ["MaxAds", "MaxDuration", "TimeUnfilled", "AdsSelected", "AdDuration"]
IDS = {
    "series": "SeriesId",
    "sites": "SiteId",
    "site-sections": "SiteSectionId",
    "platform-devices": "PlatformDeviceId",
}
COLUMNS = ["TransactionId", "TimePositionClass", *NUMBERS, *IDS.values(), "VideoAssetId"]
SUMS = ["MaxAds", "AdsSelected", "TimeUnfilled", "AdDuration", "MaxDuration"]
WHOLE = r"^\d+(\.0*)?$"


class Day:
    """Arguments: folder of the .gz logs, folder of the dictionaries, folder to write to, date."""

    def __init__(self):
        source, names, out, self.date = sys.argv[1:5]
        self.files = sorted(Path(source).glob("*.gz"))
        self.out = Path(out)
        self._names = Path(names)

    def copy_raw(self):
        """The feed's own copy of the logs."""
        folder = self.folder("raw", f"date={self.date}")
        for file in self.files:
            shutil.copyfile(file, folder / file.name)

    def folder(self, *parts):
        folder = self.out.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def of_class(self, stage, break_class):
        return self.folder(stage, f"class={break_class}", f"date={self.date}")

    def names(self, dimension):
        return json.loads((self._names / dimension / "names.json").read_text())

    def publish_summary(self, break_class, slots, opportunities, missed):
        summary = {
            "date": self.date,
            "class": break_class,
            "files": len(self.files),
            "slots": slots,
            "adOpportunitiesSeconds": opportunities,
            "missedOpportunitiesSeconds": missed,
            "monetizedSeconds": opportunities - missed,
            "unsoldSeconds": missed,
            "sellThrough": 1 - missed / opportunities if opportunities else None,
        }
        write_json(self.of_class("filtered", break_class) / "summary.json", summary)

    def publish_items(self, break_class, dimension, rows):
        """Rows: id, breaks, then the sums in the order of SUMS."""
        selected = sum(row[3] for row in rows)
        average = sum(row[5] for row in rows) / selected if selected else None
        items = [item(average, *row) for row in sorted(rows)]
        document = {
            "date": self.date,
            "class": break_class,
            "dimension": dimension,
            "averageCreativeSeconds": average,
            "items": items,
        }
        write_json(self.of_class("by-item", break_class) / f"{dimension}.json", document)

    def publish_named(self, break_class, dimension):
        source = self.of_class("by-item", break_class) / f"{dimension}.json"
        document = json.loads(source.read_text())
        names = self.names(dimension)
        for entry in document["items"]:
            entry["name"] = names.get(entry["id"])
        document["unnamed"] = sum(entry["name"] is None for entry in document["items"])
        write_json(self.of_class("load", break_class) / f"{dimension}.json", document)

    def publish_all_named(self):
        for break_class in CLASSES:
            for dimension in ("series", "sites", "site-sections"):
                self.publish_named(break_class, dimension)


def item(average, id, breaks, max_ads, ads_selected, time_unfilled, ad_duration, max_duration):
    capacity = max_duration / average if average else None
    unsold = time_unfilled / average if average else None
    return {
        "id": id,
        "breaks": breaks,
        "maxAds": max_ads,
        "adsSelected": ads_selected,
        "timeUnfilledSeconds": time_unfilled,
        "adDurationSeconds": ad_duration,
        "maxDurationSeconds": max_duration,
        "capacityImpressions": capacity,
        "unsoldImpressions": unsold,
        "soldImpressions": capacity - unsold if average else None,
    }


def write_json(path, value):
    path.write_text(json.dumps(value))
