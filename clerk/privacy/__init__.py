"""The rules of privacy: who agreed to what, what an erasure takes, how long anything is kept."""
