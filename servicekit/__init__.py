"""The runtime every service stands on. It knows gRPC, SQL, NATS and telemetry, and no domain."""
