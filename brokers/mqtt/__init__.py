"""MQTT: clients, the embedded broker, and the sink that publishes slices."""
