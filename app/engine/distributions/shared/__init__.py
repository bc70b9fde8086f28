"""What several distributions share: the contract, types of parameters, laws, densities."""
