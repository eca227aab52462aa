#!/usr/bin/env bash
# Get programs of the operating system that the browser stories need: tools/get.sh chromium fonts age
# Only what is absent is installed, and only where apt is ours to use; otherwise one sentence says what is missing.
set -euo pipefail

present() {
  case "$1" in
    chromium) command -v chromium >/dev/null || command -v chromium-browser >/dev/null ;;
    fonts) fc-list ':lang=zh' 2>/dev/null | grep -q . ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

package() { case "$1" in fonts) echo fonts-noto-cjk ;; *) echo "$1" ;; esac; }

missing=()
for name in "$@"; do present "$name" || missing+=("$(package "$name")"); done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
echo "缺少系统软件：${missing[*]}，请先安装。" >&2
echo "These programs are missing and could not be installed: ${missing[*]}; please install them." >&2
exit 1
