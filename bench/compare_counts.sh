#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Soft ranks a second of Rankchain, of LAPACK's values-only drivers and of NumPy: the same matrices,
# five thresholds each, one thread pinned to one core, turn by turn, in one run.
#
#   bench/compare_counts.sh BUILD [ROUNDS]       BUILD configured with -DRANKCHAIN_BENCH=ON
#   PYTHON=...   a Python with NumPy (python3)
#   CORE=...     the core (0)
#   SIDES=...    d = N ("32 64 128")
#   SECONDS_EACH=...   CPU seconds a turn (1)
#
# Rates are of CPU time, so that a busy machine disturbs little; the table has each method's best
# turn. The sums of all counts must agree, or the run fails.
set -eu
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

build=${1:?usage: bench/compare_counts.sh BUILD [ROUNDS]}
rounds=${2:-5}
here=$(dirname "$0")
python=${PYTHON:-python3}
core=${CORE:-0}
sides=${SIDES:-32 64 128}
seconds=${SECONDS_EACH:-1}
rate=$build/bin/count_rate
[ -x "$rate" ] || { echo "no $rate: configure with -DRANKCHAIN_BENCH=ON and build count_rate" >&2; exit 2; }
"$python" -c 'import numpy' || { echo "PYTHON=$python has no NumPy" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for side in $sides; do "$rate" "$side" --method write --file "$work/$side"; done
round=1
while [ "$round" -le "$rounds" ]; do
  for side in $sides; do
    for method in rankchain rankchain-h dsyevd dgesdd; do
      taskset -c "$core" "$rate" "$side" --method "$method" --seconds "$seconds" >>"$work/turns"
    done
    taskset -c "$core" "$python" "$here/rivals/numpy_counts.py" "$side" "$work/$side" \
      --seconds "$seconds" >>"$work/turns"
  done
  round=$((round + 1))
done

"$python" -c 'import numpy; print("NumPy", numpy.__version__)'
awk -v sides="$sides" -v rounds="$rounds" '
  { if ($3 > best[$1, $2]) best[$1, $2] = $3
    if (($2 in sum) && sum[$2] != $4) { print "counts differ at " $2 ": " $0; failed = 1 }
    sum[$2] = $4 }
  END {
    printf "matrices per CPU second, one thread, float64, five thresholds each; best of %d turns\n\n", rounds
    printf "| d = N | Rankchain | through H | dsyrk + dsyevd | dgesdd | NumPy svd | over the best rival | through H over it |\n"
    printf "|---|---|---|---|---|---|---|---|\n"
    count = split(sides, side, " ")
    for (i = 1; i <= count; i++) {
      n = side[i]; rival = best["dsyevd", n]
      if (best["dgesdd", n] > rival) rival = best["dgesdd", n]
      if (best["numpy-svd", n] > rival) rival = best["numpy-svd", n]
      printf "| %d | %.0f | %.0f | %.0f | %.0f | %.0f | %.1f | %.1f |\n", n, best["rankchain", n],
        best["rankchain-h", n], best["dsyevd", n], best["dgesdd", n], best["numpy-svd", n],
        best["rankchain", n] / rival, best["rankchain-h", n] / rival }
    exit failed
  }' "$work/turns"
