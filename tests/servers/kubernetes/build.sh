#!/usr/bin/env bash
# Builds kube-apiserver, kube-controller-manager and kube-scheduler from Debian's source package (bookworm has the whole
# upstream tree) and prints the folder they are in. That folder is outside the repository; once it is there, this returns at once.
# GENNAKER_TEST_CACHE moves it.
set -euo pipefail

version=1.20.2
cache="${GENNAKER_TEST_CACHE:-$HOME/.cache/gennaker-tests}/kubernetes-$version"
programs=(kube-apiserver kube-controller-manager kube-scheduler)
go=/usr/lib/go-1.19

say() { echo "$@" >&2; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
install_packages() {
  local missing=() name
  for name in "$@"; do installed "$name" || missing+=("$name"); done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  # Debian starts etcd by itself; the tests start their own.
  if [[ " ${missing[*]} " == *" etcd-server "* ]]; then as_root service etcd stop >/dev/null 2>&1 || true; fi
}

built() {
  local name
  for name in "${programs[@]}"; do [ -x "$cache/bin/$name" ] || return 1; done
}

# Source packages come from where the machine's binary packages come from: its own lists, with 'deb-src' for 'deb', kept apart
# from those of the system.
download_source() {
  local lists="$cache/build/apt"
  mkdir -p "$lists/lists/partial" "$lists/source"
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
    sed -n 's|^Debian |deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] |p' > "$lists/sources.list"
  [ -s "$lists/sources.list" ] || { say "no source of Debian packages is configured: kubernetes $version is built from Debian 12's"; exit 1; }
  local apt=(apt-get -qq -o "Dir::Etc::SourceList=$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$lists/lists" -o APT::Sandbox::User=root)
  # The lists are ours alone, so this needs no root.
  "${apt[@]}" -o "Dir::Cache=$lists" update
  (cd "$lists/source" && "${apt[@]}" -o "Dir::Cache=$lists" source --download-only kubernetes) || true
  ls "$lists"/source/kubernetes_*"$version"*.dsc >/dev/null 2>&1 ||
    { say "the machine's package sources have no kubernetes $version: those of Debian 12 have"; exit 1; }
}

unpack() {
  local tree="$1" patch
  rm -rf "$tree" && mkdir -p "$tree"
  tar -xf "$cache"/build/apt/source/kubernetes_*.orig.tar.* -C "$tree" --strip-components 1
  tar -xf "$cache"/build/apt/source/kubernetes_*.debian.tar.* -C "$tree"
  grep -v '^#' "$tree/debian/patches/series" | while read -r patch _; do
    [ -z "$patch" ] || patch -s -f -p1 -d "$tree" < "$tree/debian/patches/$patch"
  done
  # The vendored version crashes under Go 1.18 and later.
  rm -f "$tree"/vendor/github.com/modern-go/reflect2/*.{go,s}
  cp /usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$tree/vendor/github.com/modern-go/reflect2/"
  touch "$tree/.unpacked"
}

build() {
  local tree="$cache/build/go/src/k8s.io/kubernetes"
  install_packages ca-certificates dpkg-dev gcc golang-1.19-go golang-github-modern-go-reflect2-dev jq make patch rsync
  [ -e "$tree/.unpacked" ] || { download_source && unpack "$tree"; }
  say "building kubernetes $version (minutes; its log is $cache/build/log)"
  (
    cd "$tree"
    export PATH="$go/bin:$PATH" GOROOT="$go" GOPATH="$cache/build/go" GOCACHE="$cache/build/cache" GO111MODULE=off CGO_ENABLED=0
    export GOFLAGS='' KUBE_GIT_VERSION="v$version" KUBE_GIT_TREE_STATE=clean KUBE_GIT_COMMIT=debian
    nice -n 10 make WHAT="$(printf 'cmd/%s ' "${programs[@]}")" GOLDFLAGS='-s -w'
  ) > "$cache/build/log" 2>&1 || { tail -n 30 "$cache/build/log" >&2; exit 1; }
  mkdir -p "$cache/bin.new"
  local name
  for name in "${programs[@]}"; do cp "$tree/_output/bin/$name" "$cache/bin.new/"; done
  mv "$cache/bin.new" "$cache/bin"
  rm -rf "$cache/build"
}

install_packages etcd-server openssl
mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9
built || build
echo "$cache/bin"
