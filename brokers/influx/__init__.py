"""InfluxDB: the store, its API and line protocol."""
