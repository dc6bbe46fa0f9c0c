"""Scripts that `citybeat scenarios new` writes; they run as they are."""
