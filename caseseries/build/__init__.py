"""From notebooks to published files: run, render, move into place, record. It knows nothing of medicine."""

import sys

# jsonschema builds this grammar of internationalised addresses, about a second in every process, wherever it can be
# imported; it does without where it cannot, and the schema of a notebook has no such format.
sys.modules.setdefault("rfc3987_syntax", None)
