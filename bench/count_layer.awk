# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Follows one warp of a healthy draw once round the layer loop of a shipped kernel and counts the
# instructions that it issues.
#
#   awk -v base=528 -v function_name=PATTERN [-v trace=1] -f sass.awk -f count_layer.awk LAUNCH SASS
#
# LAUNCH is a line of kernel_report_launch.cpp, the launch's words, at `base` in constant bank 0; SASS
# is what cuobjdump -sass says. `trace` lists the instructions. Numbers that follow from the launch are followed through
# registers and predicates, and decide branches. Others do not: there a vote finds no lane that
# objects, what calls a function soon (the slow ways of a root or quotient) is passed by, and a loop
# back is not taken. Prints precision, weights, d and instructions: all; in the product loop Philox,
# weights (from words to numbers, and control), loads, mma; then norm (with the start of the layer, to
# the barrier after it), stores, and the rest (activation, split, control).

function wrap(v) { return v - 4294967296 * int(v / 4294967296 - (v < 0 ? 0.9999999999 : 0)) }
function signed(v) { return v >= 2147483648 ? v - 4294967296 : v }

# Value of an operand, "" if it is not known; of constant memory `further` bytes on.
function value(x, further,    at, inner) {
    sub(/\.reuse$/, "", x)
    if (x == "RZ" || x == "URZ") return 0
    if (x ~ /^-?0x[0-9a-f]+$/) return x ~ /^-/ ? wrap(-hex(substr(x, 4))) : hex(substr(x, 3))
    if (x ~ /^U?R[0-9]+$/) return (x in reg) ? reg[x] : ""
    if (x ~ /^c\[0x0\]\[/) {
        at = substr(x, 8, length(x) - 8)
        inner = 0
        if (at ~ /^U?R[0-9]+\+/) {
            inner = at
            sub(/\+.*/, "", inner)
            if (!(inner in reg)) return ""
            inner = reg[inner]
            sub(/^[^+]*\+/, "", at)
        }
        if (at !~ /^0x/) return ""
        return word(inner + hex(substr(at, 3)) + further)
    }
    return ""
}

function word(at) {
    byte_of = at % 4
    at = (at - base - byte_of) / 4
    if (!(at in words)) return ""
    return int(words[at] / 2 ^ (8 * byte_of))
}

function truth(p,    no, t) {
    no = sub(/^!/, "", p)
    t = p ~ /^U?PT$/ ? 1 : ((p in pred) ? pred[p] : "")
    return t == "" ? "" : (no ? 1 - t : t)
}

# Register x steps further on.
function next_register(x, step,    name) {
    name = x
    gsub(/[0-9]/, "", name)
    gsub(/[^0-9]/, "", x)
    return name (x + step)
}

function forget(x, count,    k) {
    if (x !~ /^U?R[0-9]+$/) return
    for (k = 0; k < count; k++) delete reg[next_register(x, k)]
}

function set(x, v) {
    if (v == "" || runs != 1) forget(x, 1)
    else if (x ~ /^U?R[0-9]+$/) reg[x] = v
}

function sum(from, to,    k, v, s) {
    s = 0
    for (k = from; k <= to; k++) {
        if (arg[k] ~ /^!?U?P(T|[0-9])$/) continue
        v = arg[k] ~ /^-U?R/ ? value(substr(arg[k], 2)) : value(arg[k])
        if (v == "") return ""
        s += arg[k] ~ /^-U?R/ ? -v : v
    }
    return wrap(s)
}

function compare(o, a, b,    t) {
    if (a == "" || b == "") return ""
    if (o !~ /\.U32/) { a = signed(a); b = signed(b) }
    if (o ~ /\.(NE|NEU)\./) return a != b
    if (o ~ /\.EQ\./) return a == b
    if (o ~ /\.LT\./) return a < b
    if (o ~ /\.LE\./) return a <= b
    if (o ~ /\.GT\./) return a > b
    if (o ~ /\.GE\./) return a >= b
    return ""
}

function and_or(o, t, other) {
    if (o ~ /\.AND/) return (t == 0 && t != "") || (other == 0 && other != "") ? 0 : (t == "" || other == "" ? "" : 1)
    return (t == 1 || other == 1) ? 1 : (t == "" || other == "" ? "" : 0)
}

function set_predicate(p, t) {
    if (p ~ /PT$/) return
    if (t == "" || runs != 1) delete pred[p]
    else pred[p] = t
}

# What instruction i does to registers and predicates that are known.
function execute(i,    o, k, v) {
    o = op[i]
    if (o ~ /^(LDC|ULDC)/) {
        v = value(arg[2])
        k = value(arg[2], 4)  # first: the index may be in a register that is set
        set(arg[1], v != "" && o ~ /\.U8/ ? v % 256 : v)
        if (o ~ /\.64/) set(next_register(arg[1], 1), k)
    } else if (o ~ /^(MOV|UMOV|R2UR|IMAD\.MOV|IMAD\.U32)/) set(arg[1], value(arg[args]))
    else if (o ~ /^(VIADD|IADD3|UIADD3)/ && arg[2] !~ /P/ && o !~ /\.X/) set(arg[1], sum(2, args))
    else if (o ~ /^IMAD\.IADD/) set(arg[1], value(arg[2]) == "" || value(arg[4]) == "" ? "" : wrap(value(arg[2]) + value(arg[4])))
    else if (o ~ /^U?SEL/) {
        v = truth(arg[4])
        set(arg[1], v == "" ? "" : value(v ? arg[2] : arg[3]))
    } else if (o ~ /^U?ISETP/ && o !~ /\.EX/)
        set_predicate(arg[1], and_or(o, compare(o, value(arg[3]), value(arg[4])), truth(arg[5])))
    else if (o ~ /^U?ISETP\.EQ/) {  # the upper half of a 64-bit comparison; the lower is arg[6]
        v = compare(o, value(arg[3]), value(arg[4]))
        set_predicate(arg[1], and_or(o, and_or(".AND", v, truth(arg[6])), truth(arg[5])))
    } else if (o ~ /^U?ISETP\.NE/) {
        v = compare(o, value(arg[3]), value(arg[4]))
        set_predicate(arg[1], and_or(o, and_or(".OR", v, truth(arg[6])), truth(arg[5])))
    } else if (o ~ /^U?ISETP/) set_predicate(arg[1], "")
    else if (o ~ /^PLOP3/) {
        v = truth(arg[3]) == "" || truth(arg[4]) == "" || truth(arg[5]) == "" ? "" : 4 * truth(arg[3]) + 2 * truth(arg[4]) + truth(arg[5])
        set_predicate(arg[1], v == "" ? "" : int(value(arg[6]) / 2 ^ v) % 2)
    }
    else if (o ~ /^FSETP\.NEU/ && arg[4] == "1" && value(arg[3]) != "") set_predicate(arg[1], value(arg[3]) != 1065353216)
    else if (o ~ /^DSETP\.NEU/ && arg[4] == "1" && value(next_register(arg[3], 1)) != "")
        set_predicate(arg[1], value(next_register(arg[3], 1)) != 1072693248)
    else if (o ~ /^VOTE\.ANY/ && arg[1] ~ /^R/) set(arg[1], 0)
    else if (o !~ /^(ST|BAR|BRA|BSSY|BSYNC|EXIT|CALL|RET|WARPSYNC|NOP)/) {
        for (k = 1; k <= 2; k++) if (arg[k] ~ /^U?P[0-9]$/) delete pred[arg[k]]
        forget(arg[1], o ~ /^[HD]MMA/ ? 8 : (o ~ /\.128/ ? 4 : (o ~ /\.64|WIDE|^CS2R|^D|F64/ ? 2 : 1)))
    }
}

function calls_soon(i,    k) {
    for (k = i + 1; k <= i + 5 && k <= n; k++) if (op[k] ~ /^CALL/) return 1
    return 0
}

function classify(i) {
    if (i >= product_head && i <= product_end) {
        barriers = 0
        if (op[i] ~ /^[HD]MMA/) return "mma"
        if (op[i] ~ /^LDS/) return "loads"
        if (op[i] ~ /^IMAD\.WIDE/ || (op[i] ~ /^LOP3/ && text[i] ~ /0x96|0x3c/)) return "philox"
        return "weights"
    }
    if (op[i] ~ /^STS/) return "stores"
    if (op[i] ~ /^BAR/) barriers++
    return barriers == 1 ? "rest" : "norm"
}

function follow(    i, j, steps, head, visits, t) {
    head = 0
    for (i = 1; i <= n; i++) {  # backward branches round a product
        if (op[i] !~ /^BRA/ || !(target[i] in at) || at[target[i]] >= i) continue
        for (j = at[target[i]]; j < i && op[j] !~ /^[HD]MMA/; j++) {}
        if (j == i) continue
        if (!product_end) { product_end = i; product_head = at[target[i]] }
        if (!head || at[target[i]] < head) head = at[target[i]]
    }
    barriers = visits = 0
    i = 1
    for (steps = 0; steps < 200000 && i <= n; steps++) {
        if (i == head && ++visits == 3) break
        load(i)
        if (visits == 2) {
            count[classify(i)]++
            total++
            if (trace) print text[i] > "/dev/stderr"
        }
        runs = truth(guard[i])
        if (op[i] !~ /^BRA/) { execute(i); i++; continue }
        t = args > 1 ? and_or(".AND", runs, truth(arg[1])) : runs
        j = at[target[i]]
        if (t == "") {
            t = j > i && calls_soon(i)
            if (visits == 2 && !t && trace) print "undecided" > "/dev/stderr"
        }
        i = t ? j : i + 1
    }
    if (visits != 3) total = 0
}

function load(i,    k, s) {
    split("", arg)
    s = text[i]
    sub(/^(@!?U?P(T|[0-9]) +)?[^ ]+ */, "", s)
    args = split(s, arg, / *, */)
}

FNR == NR {
    precision = $1
    law = $2
    d = $3
    for (k = 4; k <= NF; k++) words[k - 4] = hex($k)
    next
}

END {
    follow()
    printf "%s %s %d %d", precision, law, d, total
    printf " %d %d %d %d", count["philox"], count["weights"], count["loads"], count["mma"]
    printf " %d %d %d\n", count["norm"], count["stores"], count["rest"]
}
