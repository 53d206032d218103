"""Sums up a day of Fastly logs the way the programs did that peaches replaces: json.loads a line, rules a row, then groupby."""

import glob
import gzip
import json
import os
import re
import sys
from datetime import datetime

import pandas as pd

logs, target, date = sys.argv[1:4]
KEY = ["timestamps", "status", "channel_id", "distributor", "city", "country", "region", "continent", "debug_url", "client_request"]
SUMS = ["minutes", "starts", "bytes", "requests", "p720", "p1080", "under", "between", "over"]


def derive(row):
    url = row["url"]
    bare = url.split("?")[0]
    name = bare.split("/")[-1]
    channel = re.search(r"/(\d+)/", bare)
    stream = re.search(r"/(dist|mt)/([^/]+)", bare)
    place = row["geo"] if isinstance(row["geo"], dict) else {}
    status = int(row["initial_status"])
    hops = row["client_request"]
    playlist = name.endswith(".m3u8") and name.startswith("playlist")
    found = re.search(r"\d{2,5}x(\d{2,5})", url) if playlist else re.search(r"(\d{3,4})p", url) if name == "chunklist.m3u8" else None
    height = int(found.group(1)) if found else None
    distributor = stream.group(1) + "-" + stream.group(2).title().replace("-", "_") if stream else "-"
    odd = channel is None or stream is None or 400 <= status <= 499
    return pd.Series({
        "timestamps": datetime.strptime(row["timestamp"][:19], "%m/%d/%Y %H:%M:%S").replace(second=0),
        "status": status,
        "channel_id": channel.group(1) if channel else "",
        "distributor": distributor,
        "city": place["city"].title() if "city" in place else "unknown",
        "country": place.get("country", "unknown"),
        "region": place.get("region", "unknown"),
        "continent": place.get("continent", "unknown"),
        "debug_url": url if odd else "",
        "client_request": -1 if hops == "" else 0 if int(hops) > 0 else 1,
        "minutes": (1.5 if status == 206 else 6) / 60 if name.endswith(".ts") else 0,
        "starts": int(name.endswith(".m3u8") and not re.match(r"(chunklist.*|playlist.*|\d+)\.m3u8$", name)),
        "bytes": int(row["response_header_size"]) + int(row["response_body_size"]),
        "requests": 1,
        "p720": int(height == 720),
        "p1080": int(height == 1080),
        "under": int(height is not None and height < 720),
        "between": int(height is not None and 720 < height < 1080),
        "over": int(height is not None and height > 1080),
    })


parts = []
for path in sorted(glob.glob(os.path.join(logs, "**", "*.log*"), recursive=True)):
    lines = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    with lines:
        rows = pd.DataFrame([json.loads(line) for line in lines])
    parts.append(rows.apply(derive, axis=1).groupby(KEY, sort=False)[SUMS].sum().reset_index())
day = pd.concat(parts).groupby(KEY)[SUMS].sum().reset_index()
day = day[day["timestamps"].dt.strftime("%Y-%m-%d") == date]
day.to_csv(os.path.join(target, "aggregates.csv"), index=False)
figures = {"groups": len(day), **{name: float(day[name].sum()) for name in SUMS}}
with open(os.path.join(target, "figures.json"), "w", encoding="utf-8") as file:
    json.dump(figures, file)
