"""A dense network as matrices at right angles: every number of a product stands where its row and its column cross."""
