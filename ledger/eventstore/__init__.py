"""The log: append-only streams of events, hash-chained, behind one protocol with several stores."""
