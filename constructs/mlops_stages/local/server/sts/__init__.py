"""STS: sessions of services, of CI and of people."""
