"""The meta-features, one module per group."""
