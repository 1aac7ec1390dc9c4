"""What the stand-in for OpenML's server takes: flows and runs, from whoever has the key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from openml_answers import API, Answer, Answers
from openml_listing import Refusal
from openml_tables import NAMESPACE, document, element

KEY = "00112233445566778899aabbccddeeff"
FIRST_FLOW, FIRST_RUN = 70_001, 80_001
_KINDS = {"flow/exists": "flow_exists", "flow": "upload_flow", "run": "upload_run"}
_OML = f"{{{NAMESPACE}}}"


@dataclass(frozen=True)
class Form:
    """The fields and files of a POST, and its body as it came."""

    fields: dict[str, str]
    files: dict[str, bytes]
    body: bytes


@dataclass(frozen=True)
class SentRun:
    """A run that was taken."""

    task_id: int
    flow_id: int
    settings: dict[str, str]
    predictions: str


class Uploads:
    """Takes what is sent, and keeps it.

    Parameters
    ----------
    answers : Answers
        What the server knows; flows are added to it.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.forms: list[Form] = []
        self.flows: dict[tuple[str, str], int] = {}
        self.runs: dict[int, SentRun] = {}

    def kind(self, path: str) -> str:
        """Name what is sent to a path."""
        return _KINDS.get(path.removeprefix(API).strip("/"), "unknown")

    def __call__(self, path: str, form: Form) -> Answer:
        """Answer what was sent to a path."""
        kind = self.kind(path)
        self.forms.append(form)
        give = {"flow_exists": self._flow_exists, "upload_flow": self._flow, "upload_run": self._run}.get(kind)
        try:
            if not form.fields.get("api_key"):
                raise Refusal(102, "No authentication (Please provide API key for all requests other than HTTP GET)")
            if form.fields["api_key"] != KEY:
                raise Refusal(103, "Authentication failed")
            if give is None:
                raise Refusal(100, "Function not valid")
            return Answer(kind, 200, "text/xml; charset=utf-8", give(form))
        except Refusal as refusal:
            return Answer(kind, 412, "text/xml; charset=utf-8", refusal.body)

    def _flow_exists(self, form: Form) -> bytes:
        found = self.flows.get((form.fields["name"], form.fields["external_version"]))
        text = "false" if found is None else "true"
        return document("flow_exists", element("exists", text), element("id", -1 if found is None else found))

    def _flow(self, form: Form) -> bytes:
        root = _parsed(form, 163)
        name, version = (_text(root, tag) for tag in ("name", "external_version"))
        if not all(re.fullmatch(r"[\w\-.,():=]{1,128}", text, re.ASCII) for text in (name, version)):
            raise Refusal(163, "Problem validating uploaded description file")
        if (name, version) in self.flows:
            raise Refusal(171, "Flow already exists")
        number = FIRST_FLOW + len(self.flows)
        self.flows[name, version] = number
        head, rest = form.files["description"].split(b">", 1)
        self._answers.uploaded_flows[number] = head + b">" + element("id", number).encode() + rest
        return document("upload_flow", element("id", number))

    def _run(self, form: Form) -> bytes:
        root = _parsed(form, 202)
        task_id, flow_id = (int(_text(root, tag)) for tag in ("task_id", "flow_id"))
        if not self._answers.knows_task(task_id):
            raise Refusal(204, "Unknown task")
        if flow_id not in self._answers.uploaded_flows:
            raise Refusal(205, "Unknown flow")
        flow = ElementTree.fromstring(self._answers.uploaded_flows[flow_id])
        known = {_text(parameter, "name") for parameter in flow.iter(f"{_OML}parameter")}
        given = list(root.iter(f"{_OML}parameter_setting"))
        settings = {_text(setting, "name"): _text(setting, "value") for setting in given}
        if not settings.keys() <= known or {_text(setting, "component") for setting in given} != {str(flow_id)}:
            raise Refusal(213, "Parameter in run xml unknown")
        if "predictions" not in form.files:
            raise Refusal(206, "Invalid number of files")
        number = FIRST_RUN + len(self.runs)
        self.runs[number] = SentRun(task_id, flow_id, settings, form.files["predictions"].decode())
        return document("upload_run", element("run_id", number))


def read_form(content_type: str, body: bytes) -> Form:
    """Read the body of a POST, of either kind that forms have."""
    if not content_type.startswith("multipart/"):
        return Form(dict(parse_qsl(body.decode())), {}, body)
    message = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields, files = {}, {}
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if part.get_filename():
            files[name] = content
        else:
            fields[name] = content.decode()
    return Form(fields, files, body)


def _parsed(form: Form, code: int) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(form.files["description"])
    except (KeyError, ElementTree.ParseError) as error:
        raise Refusal(code, "Please provide a valid description xml") from error


def _text(node: ElementTree.Element, tag: str) -> str:
    return node.findtext(_OML + tag) or ""
