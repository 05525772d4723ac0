#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Layers a second of Rankchain and of two rivals that do the same (bench/rivals/README.md): one
# thread each, pinned to one core, turn by turn, in one run.
#
#   bench/compare_layers.sh BUILD [ROUNDS]       BUILD configured with -DRANKCHAIN_BENCH=ON
#   PYTHON=...   a Python with NumPy (python3)
#   CORE=...     the core (0)
#   WIDTHS=...   d = N ("32 64 128")
#   SECONDS_EACH=...   CPU seconds a turn (1)
#
# Each turn gives layers per second of CPU time, so that a busy machine disturbs little; the table
# has the best turn and the median of all, and the ratios of both. The last part compares two
# threads with one by wall time, on cores CORE and CORE2 (1), and means little on a busy machine.
set -eu
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

build=${1:?usage: bench/compare_layers.sh BUILD [ROUNDS]}
rounds=${2:-5}
here=$(dirname "$0")
python=${PYTHON:-python3}
core=${CORE:-0}
core2=${CORE2:-1}
widths=${WIDTHS:-32 64 128}
seconds=${SECONDS_EACH:-1}
rate=$build/bin/layer_rate
[ -x "$rate" ] || { echo "no $rate: configure with -DRANKCHAIN_BENCH=ON and build layer_rate" >&2; exit 2; }
"$python" -c 'import numpy' || { echo "PYTHON=$python has no NumPy" >&2; exit 2; }

turns=$(mktemp)
trap 'rm -f "$turns"' EXIT

# The best batch size of the batched loop, found once for each width.
for width in $widths; do
  set -- $(taskset -c "$core" "$python" "$here/rivals/numpy_chain.py" "$width" --seconds 0.3)
  eval "batch_$width=$4"
done
round=1
while [ "$round" -le "$rounds" ]; do
  for width in $widths; do
    eval "batch=\$batch_$width"
    taskset -c "$core" "$rate" "$width" --seconds "$seconds" >>"$turns"
    taskset -c "$core" "$python" "$here/rivals/numpy_chain.py" "$width" \
      --seconds "$seconds" --batches "$batch" >>"$turns"
    taskset -c "$core" "$python" "$here/rivals/published_recurrence.py" "$width" \
      --seconds "$seconds" >>"$turns"
    taskset -c "$core" "$rate" "$width" --seconds "$seconds" | sed 's/^rankchain/one-thread/' >>"$turns"
    taskset -c "$core,$core2" "$rate" "$width" --threads 2 --seconds "$seconds" |
      sed 's/^rankchain/two-threads/' >>"$turns"
  done
  round=$((round + 1))
done

# Field 3 is layers per CPU second, field 4 of Rankchain's lines layers per second of wall time.
sort -k1,1 -k2,2n -k3,3n "$turns" | awk -v widths="$widths" -v rounds="$rounds" '
  { value = ($1 ~ /thread/) ? $4 : $3; key = $1 " " $2; n[key]++; all[key, n[key]] = value
    if (value > best[key]) best[key] = value }
  function median(key,   i, j, t) {
    for (i = 2; i <= n[key]; i++) for (j = i; j > 1 && all[key, j] < all[key, j - 1]; j--) {
      t = all[key, j]; all[key, j] = all[key, j - 1]; all[key, j - 1] = t }
    i = int((n[key] + 1) / 2); return n[key] % 2 ? all[key, i] : (all[key, i] + all[key, i + 1]) / 2 }
  function ratio(a, b) { return b > 0 ? a / b : 0 }
  END {
    printf "layers per CPU second, one thread, float32 (published: float64); best and median of %d turns\n\n", rounds
    printf "%7s  %-19s  %-19s  %-19s  %-15s  %-15s\n", "d = N", "Rankchain", "NumPy, batched", "published", "over batched", "over published"
    count = split(widths, width, " ")
    for (i = 1; i <= count; i++) {
      r = "rankchain " width[i]; b = "numpy-batched " width[i]; p = "published " width[i]
      printf "%7d  %9.0f %9.0f  %9.0f %9.0f  %9.0f %9.0f  %7.2f %7.2f  %7.2f %7.2f\n", width[i],
        best[r], median(r), best[b], median(b), best[p], median(p),
        ratio(best[r], best[b]), ratio(median(r), median(b)),
        ratio(best[r], best[p]), ratio(median(r), median(p)) }
    printf "\nlayers per second of wall time\n\n%7s  %-19s  %-19s  %s\n", "d = N", "one thread", "two threads", "ratio"
    for (i = 1; i <= count; i++) {
      o = "one-thread " width[i]; t = "two-threads " width[i]
      printf "%7d  %9.0f %9.0f  %9.0f %9.0f  %7.2f %7.2f\n", width[i], best[o], median(o), best[t], median(t),
        ratio(best[t], best[o]), ratio(median(t), median(o)) }
  }'
