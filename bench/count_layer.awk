# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Reads the SASS of bench/kernel_report.cu (cuobjdump -sass) and walks the layer loop of each kernel
# once, as a warp of a healthy draw does. Prints, a kernel: instructions a warp and layer, and the
# part of them in the product loop.
#
# At branches: the product loop runs d / 16 times and the loop over norm and activation twice; what
# calls a function soon (the slow ways of a square root or quotient), what a vote sends a warp to
# (careful rows) and what leaves the loop is not entered.

function hex(s,    v, i) {
    v = 0
    for (i = 1; i <= length(s); i++) v = 16 * v + index("0123456789abcdef", substr(s, i, 1)) - 1
    return v
}

function calls_soon(i,    k) {
    for (k = i + 1; k <= i + 5 && k <= n; k++) if (op[k] ~ /^CALL/) return 1
    return 0
}

function report(    i, j, product, layer, total, inside, voted, steps) {
    if (n == 0) return
    for (i = 1; i <= n; i++) {  # backward branches
        if (op[i] !~ /^BRA/ || !(target[i] in at) || at[target[i]] >= i) continue
        for (j = at[target[i]]; j < i && op[j] !~ /^[HD]MMA/; j++) {}
        if (j == i) continue
        if (!product) product = i
        layer = i
    }
    # The layer loop may end in an unconditional jump back or in a conditional one: the last found.
    split("", visits)
    total = inside = voted = steps = 0
    i = at[target[layer]]
    while (++steps < 100000) {
        total++
        if (i >= at[target[product]] && i <= product) inside++
        if (i == layer) break
        if (op[i] ~ /^VOTE/) voted = 1
        if (op[i] !~ /^BRA/) { i++; continue }
        visits[i]++
        j = at[target[i]]
        if (!conditional[i]) i = j
        else if (i == product) i = visits[i] < d / 16 ? j : i + 1
        else if (j < i) i = visits[i] % 2 == 1 ? j : i + 1
        else if (j > layer) i++
        else if (calls_soon(i)) i = j
        else if (voted) { voted = 0; i = j }
        else i = visits[i] > 1 && !(i >= at[target[product]] && i <= product) ? j : i + 1
    }
    printf "| %s | %s | %d | %d | %d |\n", precision, law, d, total, inside
}

/Function :/ {
    report()
    n = 0
    split("", at)
    precision = $0 ~ /TensorHiddenId/ ? "float64" : "float32"
    law = $0 ~ /SignRows/ ? "rademacher" : "gaussian"
    match($0, /Li[0-9]+E/)
    d = 8 * substr($0, RSTART + 2, RLENGTH - 3)
}

/^ +\/\*[0-9a-f]+\*\/ / {
    n++
    address = $1
    gsub(/[^0-9a-f]/, "", address)
    at[hex(address)] = n
    conditional[n] = $2 ~ /^@/
    op[n] = conditional[n] ? $3 : $2
    target[n] = -1
    if (op[n] ~ /^BRA/ && match($0, /0x[0-9a-f]+ ;/)) target[n] = hex(substr($0, RSTART + 2, RLENGTH - 4))
}

END { report() }
