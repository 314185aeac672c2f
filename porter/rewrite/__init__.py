"""Rewriting: one file and its edits become new text and patches. Everything outside the edits stays byte for byte."""
