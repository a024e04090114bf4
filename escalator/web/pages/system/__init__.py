"""How the service itself fares, who may use it, and what was done to it."""
