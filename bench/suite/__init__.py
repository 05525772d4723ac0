# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/suite.py and bench/compare.py. Standard library only."""
