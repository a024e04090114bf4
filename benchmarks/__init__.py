"""How fast it is, beside how fast this machine can be. Nothing here is imported by the product or timed by the tests."""
