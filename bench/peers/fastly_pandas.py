"""Sums up a day of Fastly logs with pandas, a file at a time: read_json, string methods of whole columns, groupby."""

import glob
import json
import os
import sys

import pandas as pd

logs, target, date = sys.argv[1:4]
KEY = ["timestamps", "status", "channel_id", "distributor", "city", "country", "region", "continent", "debug_url", "client_request"]
SUMS = ["minutes", "starts", "bytes", "requests", "p720", "p1080", "under", "between", "over"]

parts = []
for path in sorted(glob.glob(os.path.join(logs, "**", "*.log*"), recursive=True)):
    rows = pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    geo = pd.json_normalize(rows["geo"].map(lambda place: place if isinstance(place, dict) else {}))
    url = rows["url"]
    bare = url.str.split("?", n=1).str[0]
    name = bare.str.rsplit("/", n=1).str[1]
    stream = bare.str.extract(r"/(dist|mt)/([^/]+)")
    out = pd.DataFrame(index=rows.index)
    out["timestamps"] = pd.to_datetime(rows["timestamp"].str[:19], format="%m/%d/%Y %H:%M:%S").dt.floor("min")
    out["status"] = rows["initial_status"].astype(int)
    out["channel_id"] = bare.str.extract(r"/(\d+)/")[0].fillna("")
    out["distributor"] = (stream[0] + "-" + stream[1].str.title().str.replace("-", "_")).fillna("-")
    for column in ("city", "country", "region", "continent"):
        values = geo[column] if column in geo else pd.Series(index=rows.index, dtype=object)
        out[column] = (values.str.title() if column == "city" else values).fillna("unknown")
    hops = pd.to_numeric(rows["client_request"], errors="coerce")
    out["client_request"] = hops.gt(0).map({True: 0, False: 1}).where(hops.notna(), -1)
    odd = (out["channel_id"] == "") | (out["distributor"] == "-") | out["status"].between(400, 499)
    out["debug_url"] = url.where(odd, "")
    segment = name.str.endswith(".ts")
    out["minutes"] = segment * (out["status"].eq(206).map({True: 1.5, False: 6.0})) / 60
    manifest = name.str.endswith(".m3u8")
    out["starts"] = (manifest & ~name.str.match(r"(chunklist.*|playlist.*|\d+)\.m3u8$")).astype(int)
    out["bytes"] = rows["response_header_size"].astype("int64") + rows["response_body_size"].astype("int64")
    out["requests"] = 1
    playlist = manifest & name.str.startswith("playlist")
    chunks = name == "chunklist.m3u8"
    height = url.str.extract(r"\d{2,5}x(\d{2,5})")[0].where(playlist, url.str.extract(r"(\d{3,4})p")[0].where(chunks)).astype(float)
    out["p720"] = (height == 720).astype(int)
    out["p1080"] = (height == 1080).astype(int)
    out["under"] = (height < 720).astype(int)
    out["between"] = ((height > 720) & (height < 1080)).astype(int)
    out["over"] = (height > 1080).astype(int)
    parts.append(out.groupby(KEY, sort=False)[SUMS].sum().reset_index())
day = pd.concat(parts).groupby(KEY)[SUMS].sum().reset_index()
day = day[day["timestamps"].dt.strftime("%Y-%m-%d") == date]
day.to_parquet(os.path.join(target, "aggregates.parquet"))
figures = {"groups": len(day), **{name: float(day[name].sum()) for name in SUMS}}
with open(os.path.join(target, "figures.json"), "w", encoding="utf-8") as file:
    json.dump(figures, file)
