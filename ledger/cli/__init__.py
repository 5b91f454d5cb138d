"""The command line: what is typed, what is shown, and how it ends."""

import gc

# Importing makes many objects and no garbage, so collecting meanwhile is wasted: about 5 % of a
# short command. It is switched on again when the imports are over, before a command runs.
gc.disable()
