"""The ledger: double-entry accounts in cents, and the auditor that trusts none of it."""
