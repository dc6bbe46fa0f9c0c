"""The scenarios that come with citybeat, one script each."""
