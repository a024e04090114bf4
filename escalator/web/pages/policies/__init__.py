"""The policies that run, drawn and tried: what waits, where an alert would go, whether what they promise holds."""
