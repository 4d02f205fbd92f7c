"""What AWS's APIs have in common: which operation a request is, who answers it, records, tags and pages."""
