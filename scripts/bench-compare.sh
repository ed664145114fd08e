#!/usr/bin/env bash
# Compares this tree with an earlier commit by processor time: builds the benchmarks of both, runs them in turn, and prints one table
# with the medians. Usage: scripts/bench-compare.sh [COMMIT], default 33b2e14; ROUNDS (3) and BLOCKS (6) set how much is measured.
set -euo pipefail
cd "$(dirname "$0")/.."
base=${1:-33b2e14} rounds=${ROUNDS:-3} blocks=${BLOCKS:-6} pkg=app/apptest
work=$(mktemp -d)
trap 'git worktree remove --force "$work/tree" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
git worktree add --detach --quiet "$work/tree" "$base"
# A commit from before the benchmarks told processor time gets that one file, and three names that make room for it.
if [ ! -e "$work/tree/$pkg/bench_cpu_test.go" ]; then
  cp "$pkg/bench_cpu_test.go" "$work/tree/$pkg/"
  sed -i 's/) timed(c \*Chain/) run(c *Chain/; s/) report(b \*testing.B/) rates(b *testing.B/; s/type phaseTimes struct{ check/type phaseTimes struct{ cpu, check/' \
    "$work/tree/$pkg/bench_node_test.go"
fi
echo "building $base and the working tree ..." >&2
for name in base head; do
  tree=$PWD; [ $name = head ] || tree=$work/tree
  (cd "$tree" && go test -vet=off -c -o "$work/$name.test" "./$pkg" && go test -vet=off -c -o "$work/$name.gpu" ./x/work/proof/gpu)
done
# bench BINARY REGEXP TIMES appends the benchmark's lines to a file of the binary's name.
bench() {
  (cd "$work" && "./$1" -test.run '^$' -test.bench "$2" -test.benchtime "$3" -test.timeout 20m >last.out 2>&1) || { cat "$work/last.out" >&2; exit 1; }
  grep '^Benchmark.*[/ ]' "$work/last.out" >>"$work/$1.out" || { echo "$1: no benchmark is named $2" >&2; cat "$work/last.out" >&2; exit 1; }
}
for round in $(seq "$rounds"); do
  echo "round $round of $rounds ..." >&2
  for load in commitments sends; do
    for name in base head; do bench $name.test "^BenchmarkNode\$/^$load\$" "${blocks}x"; done
  done
done
echo "state, openings, catching up ..." >&2
for name in base head; do
  bench $name.test '^BenchmarkStatePerDevice$/^gpu$|^BenchmarkStatePerDevice$' 1x
  bench $name.gpu '^BenchmarkVerifyOpening$/^mainnet$' 1x
  bench $name.test '^BenchmarkCatchUp$/^commitments$/^workers=2$' 1x
done
# metric FILE BENCHMARK UNIT: the median of what its lines report.
metric() {
  awk -v name="$2" -v unit="$3" 'index($1, name) == 1 { for (i = 2; i < NF; i++) if ($(i + 1) == unit) print $i }' "$work/$1.out" | sort -g |
    awk '{ v[NR] = $1 } END { if (NR == 0) print "nan"; else print v[int((NR + 1) / 2)] }'
}
# state FILE: keys and values of a device; commits from before the sum was reported give both stores.
state() {
  local sum; sum=$(metric "$1" BenchmarkStatePerDevice/gpu state-B/device)
  [ "$sum" != nan ] || sum=$(awk -v a="$(metric "$1" BenchmarkStatePerDevice device-B/device)" -v b="$(metric "$1" BenchmarkStatePerDevice work-B/device)" 'BEGIN { print a + b }')
  echo "$sum"
}
# row WHAT BASE HEAD BASE/HEAD-OR-DASH GOAL
row() { printf '%-52s %12s %12s %10s   %s\n' "$@"; }
per() { awk -v a="$1" -v b="$2" 'BEGIN { if (b + 0 == 0) print "nan"; else printf "%.2f", a / b }'; }
commit_base=$(metric base.test BenchmarkNode/commitments cpu-us/evidence) commit_head=$(metric head.test BenchmarkNode/commitments cpu-us/evidence)
send_base=$(metric base.test BenchmarkNode/sends cpu-us/tx) send_head=$(metric head.test BenchmarkNode/sends cpu-us/tx)
state_base=$(state base.test) state_head=$(state head.test)
open_base=$(metric base.gpu BenchmarkVerifyOpening/mainnet proof-mean-B) open_head=$(metric head.gpu BenchmarkVerifyOpening/mainnet proof-mean-B)
sync_base=$(metric base.test BenchmarkCatchUp/commitments/workers=2 blocks/s) sync_head=$(metric head.test BenchmarkCatchUp/commitments/workers=2 blocks/s)
row "" "$base" "this tree" "before/now" goal
row "five phases, processor us a commitment" "$commit_base" "$commit_head" "$(per "$commit_base" "$commit_head")" ">= 1.3"
row "five phases, processor us a bank send" "$send_base" "$send_head" "$(per "$send_base" "$send_head")" ""
row "bank sends' processor time by a commitment's" "$(per "$send_base" "$commit_base")" "$(per "$send_head" "$commit_head")" "" "now >= 7"
row "commitments a full block" "$(metric base.test BenchmarkNode/commitments evidence/block)" "$(metric head.test BenchmarkNode/commitments evidence/block)" "" ""
row "state of a GPU, bytes of keys and values" "$state_base" "$state_head" "$(per "$state_base" "$state_head")" "now <= 300"
row "opening at mainnet's parameters, mean bytes" "$open_base" "$open_head" "$(per "$open_base" "$open_head")" "now <= 5600"
row "catching up, full lanes, times the chain's speed" "$(per "$sync_base" 0.16666667)" "$(per "$sync_head" 0.16666667)" "" "now >= 3"
