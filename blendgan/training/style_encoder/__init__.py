"""The style encoder's stage: contrast between views."""
