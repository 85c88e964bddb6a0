"""The edge: gRPC servicers, the codec between wire and core, and the one table of status codes."""
