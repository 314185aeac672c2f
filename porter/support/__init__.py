"""Standalone modules that a port may need beside it; copied as ``_aio_NAME.py``, never imported by porter itself."""
