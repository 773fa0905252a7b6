#!/usr/bin/env python3
"""Writes what the fuzzers start from, out of tests/corpus and tests/conformance, to fuzz/corpus/TARGET/."""
import hashlib, json, pathlib

here = pathlib.Path(__file__).resolve().parent
tests = here.parent / "tests"


def write(target, text):
    folder = here / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    (folder / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)


def conformance(name):
    return json.loads((tests / "conformance" / name).read_text())


for case in conformance("cron.json")["cases"] + conformance("cron.json")["fuzz"]:
    write("cron", case["expression"])
for case in conformance("expressions.json")["cases"]:
    write("expressions", case["template"])
for file in [*(tests / "corpus" / "pipelines").rglob("*"), *(tests / "corpus" / "documents").rglob("*"), *(here.parent / "pipelines").rglob("*")]:
    if file.is_file():
        write("documents", file.read_bytes())
for file in (tests / "corpus" / "templates").rglob("*.y*ml"):
    write("templates", file.read_bytes())
    write("documents", file.read_bytes())
    template = file.with_name(file.name.replace("-config", "-template"))
    root = file.with_name(file.name.replace("-config", "-root"))
    if template != file and template.exists():
        parts = [file, template] + ([root] if root.exists() else [])
        write("templates", b"\x1e".join(part.read_bytes() for part in parts))
