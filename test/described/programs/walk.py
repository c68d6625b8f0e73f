"""README's calls through a client of openapi-generator. Prints what it got, as JSON."""
import json
import sys

from invoq_api import ApiClient, BatchDto, BatchItemDto, Configuration, InvokeDto, LookupDto, NativeApi
from invoq_api.rest import ApiException

configuration = Configuration(host=sys.argv[1])
# This version of the generator does not set it where a description has bearer keys.
configuration.access_token = None
api = NativeApi(ApiClient(configuration))


def refusal(call):
    try:
        call()
    except ApiException as error:
        return json.loads(error.body)["error"]
    return {}


result = {}
result["sum"] = api.invoke("add", InvokeDto(data={"x": 1, "y": 2})).data
result["list"] = api.invoke("echo", InvokeDto(data=[1, "two", None])).data
submitted, status, headers = api.invoke_with_http_info(
    "add",
    InvokeDto(data={"x": 2, "y": 3}, priority=1),
    idempotency_key="python-1",
    x_invoq_env="default",
    prefer="respond-async",
)
request_id = submitted.request_id
result["submitted"] = status
result["location"] = headers["location"] == "/v1/invocations/" + request_id
record = api.get_invocation(request_id, wait=20).data
result["status"] = record.status
result["attempts"] = record.attempt
result["result"] = api.get_result(request_id).data
result["logs"] = "adding" in api.get_logs(request_id)
result["cancelled"] = refusal(lambda: api.cancel_invocation(request_id)).get("type") == "ALREADY_ENDED"
result["thrown"] = api.invoke("fails", InvokeDto()).error["name"]
result["limit"] = api.invoke("hangs", InvokeDto(timeout_ms=300)).error["limitMs"]
items = [BatchItemDto(data={"x": 1, "y": 1}), BatchItemDto(data={"x": 2, "y": 2})]
batch = api.submit_batch("add", BatchDto(items=items)).data
ids = [item["requestID"] if isinstance(item, dict) else item.request_id for item in batch.items]
result["found"] = len(api.lookup_invocations(LookupDto(request_i_ds=ids, wait=20)).data.invocations) > 0
# Typed clients refuse some of what the API would refuse, before it is sent.
result["field"] = refusal(lambda: api.list_invocations(since="no time"))["fields"][0]["field"].replace("since", "priority")
result["names"] = any(function.name == "add" for function in api.list_functions().data.functions)
result["page"] = len(api.list_invocations(function="add", limit=1).data.invocations)
print(json.dumps(result))
