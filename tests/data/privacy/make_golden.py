"""Numbers that `dp-accounting` 0.6.0 gives, for tests/data/privacy/golden.json.

Run in an environment of its own (`pip install dp-accounting==0.6.0`), whose pins do not fit ours:
`python tests/data/privacy/make_golden.py > tests/data/privacy/golden.json`.
"""

import json
import math
import sys

from dp_accounting import dp_event, pld, rdp

DELTAS = (1e-4, 1e-6, 1e-9)
RHOS = (0.0005, 0.02, 0.185, 0.5, 1.5, 5.0)
ORDERS = [1 + 10 ** (k / 400) for k in range(-800, 1600)]


def zcdp(rho, delta):
    """Epsilon of one Gaussian mechanism of this rho, by Renyi orders on a fine grid."""
    accountant = rdp.RdpAccountant(ORDERS)
    accountant.compose(dp_event.GaussianDpEvent(1 / math.sqrt(2 * rho)))
    return accountant.get_epsilon(delta)


def discrete(sigma, times, delta):
    """Epsilon of discrete Gaussian counts of sensitivity 1, by their privacy loss distribution."""
    once = pld.privacy_loss_distribution.from_discrete_gaussian_mechanism(
        sigma, value_discretization_interval=1e-4
    )
    return once.self_compose(times).get_epsilon_for_delta(delta)


def composed(rhos, delta):
    """Epsilon of Gaussian mechanisms, one after the other."""
    accountant = rdp.RdpAccountant(ORDERS)
    for rho in rhos:
        accountant.compose(dp_event.GaussianDpEvent(1 / math.sqrt(2 * rho)))
    return accountant.get_epsilon(delta)


MIXED = ([0.02] * 3, [0.001, 0.01, 0.1], [0.185, 0.0005], [1.5, 0.5, 0.25, 0.125])
DISCRETE = ((2.0, 1), (5.0, 10), (27.5, 100), (74.0, 240))

FOUND = {
    "zcdp": [
        {"rho": rho, "delta": delta, "epsilon": zcdp(rho, delta)}
        for rho in RHOS
        for delta in DELTAS
    ],
    "composed": [
        {"rhos": rhos, "delta": delta, "epsilon": composed(rhos, delta)}
        for rhos in MIXED
        for delta in DELTAS
    ],
    "discrete_gaussian": [
        {"sigma": sigma, "times": times, "delta": delta, "epsilon": discrete(sigma, times, delta)}
        for sigma, times in DISCRETE
        for delta in DELTAS
    ],
}
json.dump(FOUND, sys.stdout, indent=1)
sys.stdout.write("\n")
