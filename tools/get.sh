#!/usr/bin/env bash
# Get programs of the operating system that some tests need: tools/get.sh chromium fonts age go
# Only what is absent is installed, and only where apt is ours to use; otherwise one sentence says what is missing.
set -euo pipefail

present() {
  case "$1" in
    chromium) command -v chromium >/dev/null || command -v chromium-browser >/dev/null ;;
    fonts) fc-list ':lang=zh' 2>/dev/null | grep -q . ;;
    go) command -v go >/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

packages() {
  case "$1" in
    fonts) echo fonts-noto-cjk ;;
    go) echo golang-go golang-golang-x-mod-dev ;;
    *) echo "$1" ;;
  esac
}

missing=()
for name in "$@"; do
  present "$name" && continue
  read -ra names <<<"$(packages "$name")"
  missing+=("${names[@]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
echo "缺少系统软件：${missing[*]}，请先安装。" >&2
echo "These programs are missing and could not be installed: ${missing[*]}; please install them." >&2
exit 1
