"""The concerns around every call, one per module. server.py lists them in their order; chain.py runs them."""
