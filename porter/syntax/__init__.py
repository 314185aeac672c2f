"""Places and shapes of Python source: spans, dotted names, small builders. No judgement."""
