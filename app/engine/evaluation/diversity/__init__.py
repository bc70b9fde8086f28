"""How much of what real rows show synthetic rows show, too."""
