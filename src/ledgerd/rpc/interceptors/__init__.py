"""What is done around every call: one concern a module. server.py lists them in their order; chain.py runs them."""
