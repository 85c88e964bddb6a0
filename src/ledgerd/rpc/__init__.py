"""The gRPC edge: servicers, interceptors, streams and watches."""
