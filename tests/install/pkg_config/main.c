/* SPDX-FileCopyrightText: 2026 The Rankchain authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <rankchain/rankchain.h>

#include <math.h>
#include <stdio.h>

/* The singular values of [3 4; 0 0] are 5 and 0. */
int main(void) {
    const double h[4] = {3, 4, 0, 0};
    double values[2] = {-1, -1};
    if (rankchain_singular_values(h, 1, 2, 2, NULL, values, NULL) != RANKCHAIN_OK) {
        printf("%s\n", rankchain_last_error_message());
        return 1;
    }
    printf("rankchain %s: %.17g %.17g\n", rankchain_version(), values[0], values[1]);
    return fabs(values[0] - 5) <= 1e-14 && fabs(values[1]) <= 1e-14 ? 0 : 1;
}
