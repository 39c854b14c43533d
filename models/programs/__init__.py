"""Networks that learn from symbolic identities and function evaluations, and what proposes completions."""
