"""The staff door (工作人员入口): sign-in, second factor, sessions, elevation. Residents need no account and never come here."""
