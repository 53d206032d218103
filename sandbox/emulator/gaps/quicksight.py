"""QuickSight.

- A data source's times are text where the API has numbers, and its type is lost.
- Data sets can be made but not read, changed in permission or deleted, and their ARNs say `data-set`.
- There are no schedules of refreshing.
- QuickSight takes from the manifest in S3 how its files are to be read, and answers with it; Terraform does not say it.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from moto.quicksight.data_models import QuicksightDataSet, QuickSightDataSource
from moto.quicksight.responses import QuickSightResponse
from moto.quicksight.urls import url_paths

HIDDEN = {"Tags", "Permissions", "AwsAccountId", "Schedules"}
#: What the manifests that are written here come to.
UPLOAD_SETTINGS = {
    "Format": "CSV",
    "StartFromRow": 1,
    "ContainsHeader": True,
    "TextQualifier": "DOUBLE_QUOTE",
    "Delimiter": ",",
}
Answer = str | tuple[int, dict[str, str], str]


def _error(code: str, message: str, status: int) -> Answer:
    return status, {"x-amzn-errortype": code, "status": str(status)}, json.dumps({"Message": message})


def _data_sets(self: QuickSightResponse) -> dict[str, dict[str, Any]]:
    """They live in the backend, so that a reset of the emulator takes them too."""
    found: dict[str, dict[str, Any]] = self.quicksight_backend.__dict__.setdefault("data_sets_by_id", {})
    return found


def _id(self: QuickSightResponse) -> str:
    return str(self.parsed_url.path.split("/data-sets/")[1].split("/")[0])


def _with_data_set(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[QuickSightResponse], Answer]:
    def respond(self: QuickSightResponse) -> Answer:
        found = _data_sets(self).get(_id(self))
        if found is None:
            return _error("ResourceNotFoundException", "no such data set", 404)
        return json.dumps({**answer(found), "Status": 200})

    return respond


def _describe(found: dict[str, Any]) -> dict[str, Any]:
    return {"DataSet": {key: value for key, value in found.items() if key not in HIDDEN}}


def _permissions(found: dict[str, Any]) -> dict[str, Any]:
    return {"DataSetId": found["DataSetId"], "Permissions": found.get("Permissions", [])}


def _refresh_properties(self: QuickSightResponse) -> Answer:
    return _error("InvalidParameterValueException", "not a SPICE dataset", 400)


def _delete(self: QuickSightResponse) -> Answer:
    found = _data_sets(self).pop(_id(self), None)
    if found is not None:
        self.quicksight_backend.tagger.delete_all_tags_for_resource(found["Arn"])
    return json.dumps({"Status": 200})


def _no_permissions(self: QuickSightResponse) -> Answer:
    return json.dumps({"Permissions": [], "Status": 200})


def _schedules(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    schedules: dict[str, dict[str, Any]] = found.setdefault("Schedules", {})
    return schedules


def _put_schedule(self: QuickSightResponse) -> Answer:
    found = _data_sets(self).get(_id(self))
    if found is None:
        return _error("ResourceNotFoundException", "no such data set", 404)
    given = json.loads(self.body)["Schedule"]
    schedule = {**given, "Arn": f"{found['Arn']}/refresh-schedule/{given['ScheduleId']}"}
    _schedules(found)[given["ScheduleId"]] = schedule
    return json.dumps({"Arn": schedule["Arn"], "ScheduleId": given["ScheduleId"], "Status": 200})


def _with_schedule(answer: Callable[[dict[str, Any], str], dict[str, Any]]) -> Callable[[QuickSightResponse], Answer]:
    def respond(self: QuickSightResponse) -> Answer:
        schedules = _schedules(_data_sets(self).get(_id(self), {}))
        schedule = str(self.parsed_url.path).rsplit("/", 1)[1]
        if schedule not in schedules:
            return _error("ResourceNotFoundException", "no such schedule", 404)
        return json.dumps({**answer(schedules, schedule), "Status": 200})

    return respond


def _describe_schedule(schedules: dict[str, Any], schedule: str) -> dict[str, Any]:
    return {"RefreshSchedule": schedules[schedule], "Arn": schedules[schedule]["Arn"]}


def _delete_schedule(schedules: dict[str, Any], schedule: str) -> dict[str, Any]:
    return {"ScheduleId": schedule, "Arn": schedules.pop(schedule)["Arn"]}


def install() -> None:
    """Completes data sources and adds the calls on data sets."""
    to_json = QuickSightDataSource.to_json

    def with_numbers(self: QuickSightDataSource) -> dict[str, Any]:
        times = {"CreatedTime": self.created_time, "LastUpdatedTime": self.last_updated_time}
        return {**to_json(self), **{key: value.timestamp() for key, value in times.items()}}

    QuickSightDataSource.to_json = with_numbers
    begin = QuicksightDataSet.__init__

    def with_arn(self: QuicksightDataSet, *args: Any, **named: Any) -> None:
        begin(self, *args, **named)
        self.arn = self.arn.replace(":data-set/", ":dataset/")

    QuicksightDataSet.__init__ = with_arn  # type: ignore[method-assign]
    response = QuickSightResponse
    create = response.create_data_set

    def create_data_set(self: QuickSightResponse) -> Answer:
        given, made = json.loads(self.body), json.loads(create(self))
        kept = {"CreatedTime": time.time(), "LastUpdatedTime": time.time(), "OutputColumns": []}
        for table in given.get("PhysicalTableMap", {}).values():
            if "S3Source" in table:
                table["S3Source"].setdefault("UploadSettings", UPLOAD_SETTINGS)
        _data_sets(self)[given["DataSetId"]] = {
            **given,
            **kept,
            "Arn": made["Arn"],
            "ConsumedSpiceCapacityInBytes": 0,
        }
        return json.dumps({"Arn": made["Arn"], "DataSetId": given["DataSetId"], "Status": 201})

    response.create_data_set = create_data_set
    response.describe_data_set = _with_data_set(_describe)
    response.describe_data_set_permissions = _with_data_set(_permissions)
    response.describe_data_set_refresh_properties = _refresh_properties
    response.delete_data_set = _delete
    response.create_refresh_schedule = _put_schedule
    response.update_refresh_schedule = _put_schedule
    response.describe_refresh_schedule = _with_schedule(_describe_schedule)
    response.delete_refresh_schedule = _with_schedule(_delete_schedule)
    response.describe_data_source_permissions = _no_permissions
    account = r"{0}/accounts/(?P<account_id>[\d]+)"
    url_paths[account + r"/data-sets/(?P<datasetid>[^/]+)$"] = response.dispatch
    url_paths[account + r"/data-sets/(?P<datasetid>[^/]+)/(?P<part>permissions|refresh-properties)$"] = response.dispatch
    url_paths[account + r"/data-sets/(?P<datasetid>[^/]+)/refresh-schedules$"] = response.dispatch
    url_paths[account + r"/data-sets/(?P<datasetid>[^/]+)/refresh-schedules/(?P<scheduleid>[^/]+)$"] = response.dispatch
    url_paths[account + r"/data-sources/(?P<datasourceid>[^/]+)/permissions$"] = response.dispatch
