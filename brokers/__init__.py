"""How events travel and are kept: MQTT clients, wire format, ingest, InfluxDB, tape, embedded broker."""
