# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# The three loops of a kernel that counts ranks, from what cuobjdump -sass says: what a warp issues in
# one turn of each.
#
#   awk -v function_name=PATTERN -f sass.awk -f count_loops.awk SASS
#
# `scan` is the innermost loop that reads H before (its largest entry), `product` that with tensor-core
# products (8 terms of every sum a turn), `step` the
# innermost with a root (a reflection), `count` the innermost with a quotient behind it (a pivot). Of
# `step` the part before the barrier that follows the root is what one warp does alone: `reflect`; the
# other is `pass`, `tiles` (the part with what is left of G, four tile columns a warp) and `after`. Where there is no barrier all of it is `pass`. `rest` is what stands outside of these up to
# the counts, other loops once.
#
# Prints a line a part: name, instructions, float64 operations, tensor-core products of 16 x 8 x 8,
# and 128-byte turns of shared memory (loads, stores and exchanges, as if no two lanes read the same).
function width(o) { return o ~ /\.128/ ? 4 : (o ~ /\.64/ ? 2 : 1) }
function has(pattern, from, to,    j) {
    for (j = from; j <= to; j++) if (op[j] ~ pattern) return j
    return 0
}
function part(name, from, to,    j, f64, mma, shared) {
    for (j = from; j <= to; j++) {
        if (op[j] ~ /^D(FMA|ADD|MUL|SETP)/) f64++
        if (op[j] ~ /^DMMA/) mma += op[j] ~ /8x8x4/ ? 0.25 : 1
        if (op[j] ~ /^(LDS|STS)/) shared += width(op[j])
        if (op[j] ~ /^SHFL/) shared++
    }
    print name, to - from + 1, f64 + 0, mma + 0, shared + 0
}
# What a pass does whatever is left of G, and in the four tile columns of a warp: between the first of
# their loads and the last operation before the sums are exchanged.
function split_pass(from, to,    a, b, c, j) {
    a = has("^LDS.128", has("^MUFU.RSQ64H", from, to) ? has("^MUFU.RSQ64H", from, to) : from, to)
    c = has("^SHFL", a, to)
    for (j = a; j < c; j++) if (op[j] ~ /^D(FMA|ADD|MUL)/) b = j
    part("pass", from, a - 1)
    part("after", b + 1, to)
    part("tiles", a, b)
}
# The innermost backward branch's [first, last] that matches, at or after `after`.
function innermost(pattern, after,    i, from) {
    last = 0
    for (i = 1; i <= n; i++) {
        if (op[i] !~ /^BRA/ || target[i] < 0 || !(target[i] in at)) continue
        from = at[target[i]]
        if (from >= i || from < after || !has(pattern, from, i)) continue
        if (!last || i - from < last - first) { first = from; last = i }
    }
    return last
}
END {
    if (!innermost("^DMMA", 1)) { print "no product loop" > "/dev/stderr"; exit 1 }
    begin = first
    part("product", first, last)
    turns = last - first + 1
    if (!innermost("^LDG", 1) || last >= begin) { print "no loop over H" > "/dev/stderr"; exit 1 }
    part("scan", first, last)
    turns += last - first + 1
    if (!innermost("^MUFU.RSQ64H", 1)) { print "no step loop" > "/dev/stderr"; exit 1 }
    loop = begin = first
    end = last
    barrier = has("^BAR", has("^MUFU.RSQ64H", begin, end), end)
    part("reflect", begin, barrier ? barrier : begin - 1)
    split_pass(barrier ? barrier + 1 : begin, end)
    if (!innermost("^MUFU.RCP64H", end)) { print "no count loop" > "/dev/stderr"; exit 1 }
    part("count", first, last)
    turns += last - first + 1 + end - loop + 1
    print "rest", last - turns, 0, 0, 0
}
