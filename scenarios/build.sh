#!/usr/bin/env bash
# Builds the guest programs with Debian's cross compiler (gcc-riscv64-linux-gnu, libc6-dev-riscv64-cross).
#
#   scenarios/build.sh           everything: the small ELFs committed beside their sources (guests/nolibc, guests/bare)
#                                and the static programs of the C library in scenarios/.build/linux
#   scenarios/build.sh --small   only the committed ones
#   scenarios/build.sh --linux   only those of the C library; what is newer than its source is kept
#   scenarios/build.sh --check   rebuilds the committed ones elsewhere and compares byte for byte
#
# The same sources and the same compiler give the same bytes: no build ids, no paths, no times.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

CROSS=${CROSS:-riscv64-linux-gnu-}
CC=${CROSS}gcc
STRIP=${CROSS}strip
command -v "$CC" >/dev/null || { echo "build.sh: $CC is missing (Debian: gcc-riscv64-linux-gnu libc6-dev-riscv64-cross)" >&2; exit 3; }
export LC_ALL=C SOURCE_DATE_EPOCH=0

COMMON=(-Wall -Wextra -march=rv64gc -mabi=lp64d -ffile-prefix-map="$PWD"=. -Wl,--build-id=none)
FREESTANDING=("${COMMON[@]}" -O2 -msmall-data-limit=0 -ffreestanding -fno-pic -no-pie -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns
  -nostdlib -nostartfiles -static -Wl,-z,norelro -Wl,-z,noseparate-code -Wl,-z,max-page-size=4096)

# link OUT ARGUMENTS…: compiles and links, then drops debug data and the compiler's notes but keeps symbols.
link() {
  local out=$1
  shift
  "$CC" "$@" -o "$out"
  "$STRIP" --strip-debug --remove-section=.comment --remove-section=.riscv.attributes "$out"
  chmod 755 "$out"
}

# small DIR: builds every committed ELF into DIR/nolibc and DIR/bare.
small() {
  local into=$1 source name
  mkdir -p "$into/nolibc" "$into/bare"
  for source in guests/nolibc/*.c; do
    name=$(basename "$source" .c)
    [ "$name" = far-main ] && continue
    link "$into/nolibc/$name.elf" "${FREESTANDING[@]}" guests/nolibc/start.S "$source"
  done
  link "$into/nolibc/far.elf" "${FREESTANDING[@]}" -Wl,--section-start=.near=0x10800 -Wl,--section-start=.far=0x20800 \
    guests/nolibc/start.S guests/nolibc/far.S guests/nolibc/far-main.c
  for source in guests/bare/*.c; do
    name=$(basename "$source" .c)
    [ "$name" = bare ] && continue
    link "$into/bare/$name.elf" "${FREESTANDING[@]}" -mcmodel=medany -Wl,-T,guests/bare/link.ld \
      guests/bare/start.S guests/bare/bare.c "$source"
  done
}

# linux: others may build beside us, so what is not finished has a name of our own.
linux() {
  mkdir -p .build/linux
  trap 'rm -f .build/linux/*.'$$ EXIT
  local source out level
  for source in guests/linux/*.c; do
    for level in 0 2; do
      out=.build/linux/$(basename "$source" .c)-O$level
      [ "$out" -nt "$source" ] && [ "$out" -nt build.sh ] && continue
      "$CC" "${COMMON[@]}" -Wno-infinite-recursion -Wno-stringop-truncation "-O$level" -static -pthread "$source" -o "$out.$$" -lm
      mv "$out.$$" "$out"
    done
  done
}

check() {
  local scratch failed=0 elf
  scratch=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$scratch'" EXIT
  small "$scratch"
  for elf in guests/nolibc/*.elf guests/bare/*.elf; do
    if [ ! -e "$scratch/${elf#guests/}" ]; then
      echo "build.sh: $elf has no source" >&2
      failed=1
    fi
  done
  (cd "$scratch" && find . -name '*.elf') | sort | while read -r elf; do
    cmp "$scratch/$elf" "guests/$elf" || exit 1
  done || failed=1
  [ $failed = 0 ] && echo "build.sh: the committed programs are those of their sources"
  return $failed
}

case "${1:-}" in
  --check) check ;;
  --small) small guests ;;
  --linux) linux ;;
  '') small guests && linux ;;
  *) echo "usage: scenarios/build.sh [--small | --linux | --check]" >&2; exit 2 ;;
esac
