#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other, for the given time each (default 30s).
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30s}
while IFS=: read -r file target; do
  pkg=./$(dirname "$file")
  echo "== $pkg $target"
  go test "$pkg" -run '^$' -fuzz "^$target\$" -fuzztime "$time"
done < <(grep -rhoHE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' app x sidecar cmd | sed 's/:func /:/' | sort)
