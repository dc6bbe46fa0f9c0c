"""The command: one file for each verb, and the only place where parts are joined."""
