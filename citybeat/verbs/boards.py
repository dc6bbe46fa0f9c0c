"""`citybeat boards`: generate the boards, push them to a Grafana, or check them against a store.

Owns the verb. The boards are `dashboards`'.
"""
