"""Made-up shops to try Clerk with: a sample store, exports of two more, The Complete Journey."""
