"""A stand-in for OpenAI's client: the arguments that its `create` has, and its body, headers and stream, over http.client.

Arguments by name and `extra_body` become one JSON as there (`extra_body` wins), unknown names are a TypeError, text is UTF-8
without escapes (httpx: `ensure_ascii=False`), a stream is what stands behind `data:`, and what a reply lacks is None.
"""

import http.client
import json
from urllib.parse import urlsplit

KEYWORDS = set(
    "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata "
    "modalities n parallel_tool_calls prediction presence_penalty prompt_cache_key reasoning_effort response_format "
    "safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs "
    "top_p user verbosity web_search_options".split()
)


class Thing(dict):
    def __getattr__(self, name):
        return self.get(name)


class OpenAI:
    def __init__(self, *, base_url, api_key):
        self.base, self.key = urlsplit(base_url), api_key
        self.chat = Thing(completions=self)

    def create(self, *, messages, model, extra_headers=None, extra_body=None, **named):
        for name in named:
            if name not in KEYWORDS:
                raise TypeError(f"create() got an unexpected keyword argument '{name}'")
        body = {"messages": messages, "model": model, **named, **(extra_body or {})}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **(extra_headers or {})}
        connection = http.client.HTTPConnection(self.base.netloc, timeout=60)
        connection.request("POST", self.base.path.rstrip("/") + "/chat/completions", text, headers)
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"Error code: {response.status} - {response.read().decode()}")
        if named.get("stream"):
            return self.events(response)
        return json.loads(response.read(), object_hook=Thing)

    def events(self, response):
        for line in response:
            data = line.decode().removeprefix("data: ").strip()
            if line.startswith(b"data: ") and data != "[DONE]":
                yield json.loads(data, object_hook=Thing)
