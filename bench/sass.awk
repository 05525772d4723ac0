# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Reads the instructions of the functions that match `function_name` from what cuobjdump -sass says, for
# count_layer.awk and count_loops.awk: the n-th is op[n] in text[n], under the predicate guard[n]; a branch goes
# to the address target[n], which else is -1; at[address] is n.

function hex(s,    v, i) {
    v = 0
    for (i = 1; i <= length(s); i++) v = 16 * v + index("0123456789abcdef", substr(s, i, 1)) - 1
    return v
}

/Function :/ { reading = $0 ~ function_name }

reading && /^ +\/\*[0-9a-f]+\*\/ / {
    n++
    address = $1
    gsub(/[^0-9a-f]/, "", address)
    at[hex(address)] = n
    line = $0
    sub(/^ +\/\*[0-9a-f]+\*\/ */, "", line)
    sub(/ *;.*/, "", line)
    text[n] = line
    guard[n] = "PT"
    split(line, token, " ")
    op[n] = token[1]
    if (token[1] ~ /^@/) { guard[n] = substr(token[1], 2); op[n] = token[2] }
    target[n] = -1
    if (op[n] ~ /^BRA/ && match(line, /0x[0-9a-f]+$/)) target[n] = hex(substr(line, RSTART + 2))
}
