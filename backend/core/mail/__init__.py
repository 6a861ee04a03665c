"""Letters to people: written in a transaction, sent after it by a worker, at least once and with a stable id."""
