"""Asks `/v1/moderations` with the `openai` package, as a client of a hosted API does.

Usage: moderations.py URL, with the token in the variable TOKEN.
"""

import os
import sys
import time

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key=os.environ["TOKEN"], max_retries=0)


def wait_for_service() -> None:
    for _ in range(100):
        try:
            client.moderations.create(input="x")
            return
        except openai.APIConnectionError:
            time.sleep(0.2)
    sys.exit("the service does not answer")


def refused(kind: type, status: int, code: str, param: str | None, **request: object) -> None:
    """The request is refused with this error."""
    try:
        client.moderations.create(**request)
    except kind as error:
        found = (error.status_code, error.code, error.param)
        assert found == (status, code, param), found
        assert error.body["message"] in error.message, error.message
        assert error.request_id.isdigit(), error.request_id
    else:
        raise AssertionError(f"accepted: {request}")


wait_for_service()

answer = client.moderations.create(input="you are an idiot, kill yourself", model="omni-moderation-latest")
assert isinstance(answer, openai.types.ModerationCreateResponse)
assert answer.id.startswith("modr-") and answer.model.startswith("tidegate-"), answer
[result] = answer.results
assert result.flagged and result.categories.harassment and not result.categories.sexual
assert 0.5 <= result.category_scores.harassment < 1 and result.category_scores.sexual == 0
assert result.category_applied_input_types.harassment == ["text"]
assert result.category_applied_input_types.hate == [], "what is not judged says so"
dumped = answer.model_dump()["results"][0]
assert dumped["categories"]["abuse"] is True, "our own names are there, too"
assert dumped["category_scores"]["abuse"] == result.category_scores.harassment

# A name with a slash or hyphen is an attribute of the typed result.
[result] = client.moderations.create(input="不想活了").results
assert result.categories.self_harm and not result.flagged, "care is told and does not flag"
[result] = client.moderations.create(input="see you at the harbour").results
assert not result.flagged and not any(result.categories.model_dump().values())

several = client.moderations.create(input=["see you", "kill yourself", ""])
assert [result.flagged for result in several.results] == [False, True, False]
parts = [{"type": "text", "text": "please kill"}, {"type": "text", "text": "yourself"}]
assert len(client.moderations.create(input=parts).results) == 1
assert len(client.moderations.create(input=["x"] * 10_000).results) == 10_000

image = [{"type": "image_url", "image_url": {"url": "https://example.org/picture.png"}}]
bad = openai.BadRequestError
refused(bad, 400, "bad_input", "input", input=[])
refused(bad, 400, "bad_input", "input", input=image)
refused(bad, 400, "bad_input", "input", input=5)
refused(bad, 400, "bad_input", "input", input=["x"] * 10_001)
refused(bad, 400, "bad_input", "model", input="x", model=3)
refused(bad, 400, "unknown_parameter", "brief", input="x", extra_query={"brief": "1"})
refused(openai.APIStatusError, 413, "body_too_large", None, input="x" * 9_000_000)
client = client.with_options(api_key="no such token")
refused(openai.AuthenticationError, 401, "no_token", None, input="x")

print("moderations: the openai package reads every answer")
