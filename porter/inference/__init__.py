"""Points-to inference: what each expression may be, and which functions each call may reach."""
