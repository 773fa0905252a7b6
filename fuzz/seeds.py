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

# Dinghyfiles, alone and with what they call; a module named by its number is found in the same input.
modules = [file for file in (tests / "corpus").rglob("*") if file.is_file() and b"{{" in file.read_bytes() and ("dinghy" in str(file) or "module" in file.name or "partials" in file.name)]
texts = [file.read_bytes() for file in sorted(modules) if file.suffix not in (".md", ".tsv")]
for text in texts:
    write("dinghyfile", text)
for text in texts:
    write("dinghyfile", b"\x1e".join([text, *texts[:3]]))
for text in [
    '{"application": "a", "globals": {"w": 3}, "pipelines": [{"name": "p", "stages": [{{ module "1" "waitTime" (var "w" ?: 5) }}]}]}\x1e{"type": "wait", "waitTime": {{ var "waitTime" ?: "@w" }}}',
    '[{{ range $i, $x := makeSlice "a" "b" }}{{ if $i }},{{ end }}"{{ $x | upper }}"{{ else }}1{{ end }}]',
    '{{ with .RawData.pusher }}{"name": {{ .name | toJson }}}{{ end }}',
    '{{ define "t" }}{{ . }}{{ end }}{{ template "t" 1 }}{{/* comment */}}{{- pipelineID "a" "b" -}}',
    '{"stages": [{{ local_module "0" }}]}',
]:
    write("dinghyfile", text)
