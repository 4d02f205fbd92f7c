"""What a release is: wheel, source archive, bill of materials and hashes; the same bytes each time."""
