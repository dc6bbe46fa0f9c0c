"""What happens: kinds of events, batches of them as columns, the order in which they leave, and their digests."""
