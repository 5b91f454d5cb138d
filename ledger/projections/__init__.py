"""Read models: folds over the log that can be thrown away and made again."""
