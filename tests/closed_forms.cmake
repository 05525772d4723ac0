# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# What is known in closed form, so what must come out.

rankchain_test(closed_forms_gaussian)
rankchain_test(closed_forms_identities)
rankchain_test(closed_forms_lyapunov)
rankchain_test(closed_forms_stationary)
rankchain_test(closed_forms_deep LABELS cpu slow)
