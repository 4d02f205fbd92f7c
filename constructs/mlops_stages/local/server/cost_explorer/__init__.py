"""Cost Explorer: anomaly monitors and subscriptions."""
