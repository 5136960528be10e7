"""Calls AWS for the tests with AWS's own client (botocore), which shares nothing with the SDK that Daymark uses.

Reads one call a line from standard input, {"service", "operation", "parameters", "credentials"?}, and writes one answer a
line: {"value"} or {"error": {"code", "message"}}. Bytes go in as {"$bytes": base64} and come out the same.
"""
import base64
import datetime
import json
import os
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

session = botocore.session.get_session()
config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, read_timeout=120)
clients = {}


def client(service, credentials):
    key = (service, json.dumps(credentials, sort_keys=True))
    if key not in clients:
        clients[key] = session.create_client(
            service,
            region_name=os.environ["AWS_REGION"],
            endpoint_url=os.environ["AWS_ENDPOINT_URL"],
            config=config,
            **(credentials or {}),
        )
    return clients[key]


def decode(value):
    if isinstance(value, list):
        return [decode(member) for member in value]
    if isinstance(value, dict):
        if set(value) == {"$bytes"}:
            return base64.b64decode(value["$bytes"])
        return {name: decode(member) for name, member in value.items()}
    return value


def encode(value):
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [encode(member) for member in value]
    if isinstance(value, dict):
        return {name: encode(member) for name, member in value.items() if name != "ResponseMetadata"}
    return value


def answer(call):
    try:
        operation = getattr(client(call["service"], call.get("credentials")), call["operation"])
        return {"value": encode(operation(**decode(call["parameters"])))}
    except ClientError as error:
        return {"error": {"code": error.response["Error"]["Code"], "message": str(error)}}
    except Exception as error:
        return {"error": {"code": type(error).__name__, "message": str(error)}}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
