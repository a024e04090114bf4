"""How fast it is, beside how fast this machine can be. The product imports nothing from here; no test times it."""
