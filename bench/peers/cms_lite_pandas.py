"""Unpacks CMS Lite's archives with pandas, as the program that peaches replaces did it: read_csv, whole columns,
to_csv with `|`, the tables filled by to_sql (here of SQLite), the archive copied to `good`."""

import glob
import io
import json
import os
import shutil
import sqlite3
import sys
import tarfile

import pandas as pd

archives, target = sys.argv[1:3]
TIME = "%Y-%m-%d %H:%M:%S.%f"
FILES = {
    "analytics_user_group": ("user_group", ["id", "user_id", "email", "group_id", "group_name", "site_key", "is_group_mgr"], None),
    "analytics_group": ("cms_group", ["id", "name", "active", "site_key"], None),
    "analytics_user_activity": ("user_activity", ["user_id", "user_idir", "activity_type", "memo", "activity_date"], "activity_date"),
    "analytics_user_status": ("user_status", ["id", "organization", "user_id", "user_name", "email", "created_dt", "status"], "created_dt"),
}

warehouse = sqlite3.connect(os.path.join(target, "warehouse.sqlite"))
for path in sorted(glob.glob(os.path.join(archives, "client", "cmslite_gdx", "*.tgz"))):
    with tarfile.open(path) as tar:
        for member in tar:
            name = os.path.basename(member.name).split(".")[0]
            if name not in FILES:
                continue
            table, columns, time = FILES[name]
            rows = pd.read_csv(io.BytesIO(tar.extractfile(member).read()), usecols=range(len(columns)))
            rows.columns = columns
            if time is not None:
                rows[time] = pd.to_datetime(rows[time], format=TIME)
            if table == "user_activity":
                rows["group_name"] = rows["memo"].str.split(" - ").str[1]
            batch = os.path.join(target, "batch", os.path.basename(path))
            os.makedirs(batch, exist_ok=True)
            rows.to_csv(os.path.join(batch, name + ".csv"), sep="|", index=False)
            rows.to_sql(table, warehouse, if_exists="append", index=False)
    good = os.path.join(target, "good")
    os.makedirs(good, exist_ok=True)
    shutil.copyfile(path, os.path.join(good, os.path.basename(path)))
warehouse.commit()

QUERY = """SELECT (SELECT count(*) FROM user_activity) AS activities, (SELECT count(group_name) FROM user_activity) AS named,
  (SELECT count(DISTINCT group_name) FROM user_activity) AS names, (SELECT sum(length(memo)) FROM user_activity) AS letters,
  (SELECT strftime('%H:%M:%f', max(activity_date)) FROM user_activity) AS latest, (SELECT count(*) FROM cms_group) AS groups,
  (SELECT count(*) FROM user_group WHERE is_group_mgr) AS managers, (SELECT count(organization) FROM user_status) AS organized"""
cursor = warehouse.execute(QUERY)
figures = dict(zip([column[0] for column in cursor.description], cursor.fetchone()))
with open(os.path.join(target, "figures.json"), "w") as file:
    json.dump(figures, file)
