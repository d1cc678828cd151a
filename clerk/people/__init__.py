"""The people who work here: names, roles and PINs of this device, in one small file."""

from clerk.people.accounts import People

__all__ = ["People"]
