"""The ledgerd gRPC API, version 1. Generated: see protos/generate.py."""
