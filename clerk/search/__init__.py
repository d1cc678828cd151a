"""Items by words and by meaning, fused; in this process or in a niced one beside the counter."""
